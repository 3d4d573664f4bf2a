// Made from the route table by `npm run sdk`: not to be edited.

export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** Somebody is there */
        head: operations["root.head"];
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The public keys of our own access tokens (JWK set)
         * @description Error codes: accounts_disabled.
         */
        get: operations["auth.jwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** 200 while the process lives */
        get: operations["health.live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["openapi.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it serves, and with what */
        get: operations["health.ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/aliases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Aliases that this tenant can call; those of the file are read-only
         * @description Roles: owner, admin, operator.
         */
        get: operations["aliases.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/aliases/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Makes or changes an alias of a model
         * @description Roles: owner, admin, operator. Error codes: name_taken, too_many_rows, row_not_found, row_read_only, row_invalid, changed_meanwhile.
         */
        put: operations["aliases.put"];
        post?: never;
        /**
         * Removes an alias
         * @description Roles: owner, admin, operator. Error codes: row_not_found, row_read_only, row_invalid, changed_meanwhile.
         */
        delete: operations["aliases.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/speech": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Speech from text
         * @description Roles: owner, admin, project_admin, user. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout, operation_unsupported.
         */
        post: operations["inference.audio-speech"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/transcriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Text from speech
         * @description Roles: owner, admin, project_admin, user. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout, operation_unsupported.
         */
        post: operations["inference.audio-transcriptions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/translations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * English text from speech
         * @description Roles: owner, admin, project_admin, user. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout, operation_unsupported.
         */
        post: operations["inference.audio-translations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was changed and what was not allowed, the newest first; as CSV with Accept: text/csv
         * @description Roles: owner, admin.
         */
        get: operations["audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mails somebody a link to join the company; once more sends another link, and the last one counts
         * @description Roles: owner, admin. Error codes: account_exists, role_not_allowed, public_url_missing, tenant_disabled, accounts_disabled.
         */
        post: operations["auth.invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Chooses a password by the link of the invitation, and is signed in
         * @description Error codes: invalid_token, weak_password, too_many_attempts, sign_in_busy, user_not_found, tenant_disabled, accounts_disabled.
         */
        post: operations["auth.accept-invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs in with e-mail address and password
         * @description Error codes: invalid_credentials, too_many_attempts, tenant_disabled, sign_in_busy, accounts_disabled.
         */
        post: operations["auth.login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends the session of the refresh token, or every session of whoever has only an access token
         * @description Error codes: csrf_failed, not_a_user, accounts_disabled.
         */
        post: operations["auth.logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who this credential is, and what it may do
         * @description Error codes: tenant_disabled, accounts_disabled.
         */
        get: operations["auth.me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/oidc/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sends the browser to a provider to sign in there (302)
         * @description Error codes: provider_not_found, provider_unavailable, invalid_return, public_url_missing, accounts_disabled.
         */
        get: operations["auth.oidc-start"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/oidc/{provider}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the provider sends the browser back to; signs in by cookie and goes on (302)
         * @description Error codes: provider_not_found, invalid_state, sign_in_refused, tenant_disabled, provider_unavailable, public_url_missing, accounts_disabled.
         */
        get: operations["auth.oidc-callback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One’s own passkeys
         * @description Error codes: not_a_user, user_not_found, accounts_disabled.
         */
        get: operations["passkeys.list"];
        put?: never;
        /**
         * Registers the passkey that was made
         * @description Error codes: not_a_user, invalid_passkey, user_not_found, accounts_disabled.
         */
        post: operations["passkeys.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Removes one of them
         * @description Error codes: not_a_user, passkey_not_found, user_not_found, accounts_disabled.
         */
        delete: operations["passkeys.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/passkeys/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs in with a passkey
         * @description Error codes: invalid_passkey, invalid_credentials, tenant_disabled, accounts_disabled.
         */
        post: operations["passkeys.login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/passkeys/login/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a browser needs to sign in with a passkey; the same for everybody
         * @description Error codes: too_many_attempts, accounts_disabled.
         */
        post: operations["passkeys.login-options"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a browser needs to make a passkey
         * @description Error codes: not_a_user, user_not_found, accounts_disabled.
         */
        post: operations["passkeys.options"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A new password; every session ends, and a new one begins
         * @description Error codes: invalid_credentials, weak_password, not_a_user, too_many_attempts, sign_in_busy, invalid_token, user_not_found, tenant_disabled, accounts_disabled.
         */
        post: operations["auth.change-password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password/forgot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mails a link to whoever has an account with this address; the answer is the same in any case
         * @description Error codes: too_many_attempts, public_url_missing, accounts_disabled.
         */
        post: operations["auth.forgot-password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A new password by the link of the mail; every session ends
         * @description Error codes: invalid_token, weak_password, too_many_attempts, sign_in_busy, user_not_found, accounts_disabled.
         */
        post: operations["auth.reset-password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * New tokens for a refresh token, given in the body or as a cookie; each is good once
         * @description Error codes: invalid_session, csrf_failed, tenant_disabled, accounts_disabled.
         */
        post: operations["auth.refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A new company with its owner, who is signed in
         * @description Error codes: registration_disabled, slug_taken, weak_password, too_many_attempts, sign_in_busy, accounts_disabled.
         */
        post: operations["auth.register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Budgets as they are defined
         * @description Roles: owner, admin, project_admin, viewer, operator.
         */
        get: operations["budgets.list"];
        put?: never;
        /**
         * Limits what calls may cost
         * @description Roles: owner, admin. Licence: SPEND_BUDGETS. Error codes: resource_not_found, limit_reached.
         */
        post: operations["budgets.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/budgets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One budget as it is defined
         * @description Roles: owner, admin, project_admin, viewer, operator. Error codes: resource_not_found.
         */
        get: operations["budgets.read"];
        put?: never;
        post?: never;
        /**
         * Removes a budget
         * @description Roles: owner, admin. Error codes: resource_not_found.
         */
        delete: operations["budgets.delete"];
        options?: never;
        head?: never;
        /**
         * Changes a budget; what was spent stays spent
         * @description Roles: owner, admin. Licence: SPEND_BUDGETS. Error codes: resource_not_found.
         */
        patch: operations["budgets.update"];
        trace?: never;
    };
    "/v1/budgets/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The budgets that calls with this credential count against, or those of one project, key or user, and what is left of them
         * @description Roles: owner, admin, project_admin, user, viewer. Error codes: resource_not_found.
         */
        get: operations["budgets.status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A chat completion in OpenAI’s form
         * @description Roles: owner, admin, project_admin, user. Licence: LLM_CHAT. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout.
         */
        post: operations["inference.chat-completions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A legacy completion in OpenAI’s form
         * @description Roles: owner, admin, project_admin, user. Licence: LLM_CHAT. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout.
         */
        post: operations["inference.completions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{session_id}/turns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was said in a session, however long ago: the newest call first
         * @description Roles: owner, admin, project_admin, user. Error codes: conversation_not_found, lake_behind, lake_elsewhere, lake_unreadable.
         */
        get: operations["conversations.turns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Embeddings
         * @description Roles: owner, admin, project_admin, user. Licence: LLM_EMBEDDINGS. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout, operation_unsupported.
         */
        post: operations["inference.embeddings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/generations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is known of a call without its answer
         * @description Roles: owner, admin, project_admin, user. Error codes: generation_not_found.
         */
        get: operations["generations.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/generations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends a call; idempotent
         * @description Roles: owner, admin, project_admin, user. Error codes: generation_not_found.
         */
        post: operations["generations.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/generations/{id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The answer of a call, from its start or from a cursor
         * @description Roles: owner, admin, project_admin, user. Error codes: generation_not_found, log_reset, cursor_expired.
         */
        get: operations["generations.stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/generations/{id}/turns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was asked and answered in one call, however long ago
         * @description Roles: owner, admin, project_admin, user. Error codes: generation_not_found, lake_behind, lake_elsewhere, lake_unreadable.
         */
        get: operations["generations.turns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Groups
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT.
         */
        get: operations["groups.list"];
        put?: never;
        /**
         * Makes a group
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: already_exists, limit_reached, resource_not_found.
         */
        post: operations["groups.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One group
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: resource_not_found.
         */
        get: operations["groups.read"];
        put?: never;
        post?: never;
        /**
         * Removes a group and what it gave
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: resource_not_found.
         */
        delete: operations["groups.delete"];
        options?: never;
        head?: never;
        /**
         * Changes what a group gives
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: resource_not_found.
         */
        patch: operations["groups.update"];
        trace?: never;
    };
    "/v1/groups/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * User ids of its members
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: resource_not_found.
         */
        get: operations["groups.members.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{id}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Adds a user; again is the same
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: resource_not_found.
         */
        put: operations["groups.members.add"];
        post?: never;
        /**
         * Takes a user out, and what the group gave with it
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: resource_not_found.
         */
        delete: operations["groups.members.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Changed pictures
         * @description Roles: owner, admin, project_admin, user. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout, operation_unsupported.
         */
        post: operations["inference.images-edits"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pictures
         * @description Roles: owner, admin, project_admin, user. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout, operation_unsupported.
         */
        post: operations["inference.images-generations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/licences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The licence that counts for the caller
         * @description Error codes: resource_not_found.
         */
        get: operations["licences.read"];
        put?: never;
        /**
         * Takes a signed licence, if its signature is good; otherwise all stays as it was
         * @description Roles: owner, above tenants. Error codes: licence_invalid, resource_not_found.
         */
        post: operations["licences.paste"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/licences/tiers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ladder of licence tiers, the lowest first */
        get: operations["licences.tiers.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/licences/tiers/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Adds or replaces a tier, if it leaves the ladder one: none has less than a lower one
         * @description Roles: owner, above tenants. Error codes: tiers_not_monotone.
         */
        put: operations["licences.tiers.put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/licences/tiers/{name}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rewrites the licences of all users of a tier as the tier is now
         * @description Roles: owner, above tenants. Error codes: resource_not_found.
         */
        post: operations["licences.tiers.apply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/licences/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Licences of users, which count where they are stricter than the tenant’s
         * @description Roles: owner, admin.
         */
        get: operations["licences.users.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/licences/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Gives a user a licence, or another one
         * @description Roles: owner, admin. Error codes: resource_not_found, already_exists.
         */
        put: operations["licences.users.put"];
        post?: never;
        /**
         * Leaves a user with the licence of the tenant
         * @description Roles: owner, admin. Error codes: resource_not_found.
         */
        delete: operations["licences.users.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A message in Anthropic’s form
         * @description Roles: owner, admin, project_admin, user. Licence: LLM_CHAT. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout.
         */
        post: operations["inference.messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/count_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * How many tokens a message would read
         * @description Roles: owner, admin, project_admin, user. Licence: LLM_CHAT. Error codes: model_not_found.
         */
        post: operations["messages.count_tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The models this key may use */
        get: operations["models.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One model; its id may contain slashes
         * @description Error codes: model_not_found.
         */
        get: operations["models.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/moderations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What is harmful in a text
         * @description Roles: owner, admin, project_admin, user. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout, operation_unsupported.
         */
        post: operations["inference.moderations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Limit policies
         * @description Roles: owner, admin, project_admin, viewer, operator.
         */
        get: operations["policies.list"];
        put?: never;
        /**
         * Limits requests, tokens or calls at once
         * @description Roles: owner, admin. Licence: QUOTA_MANAGEMENT. Error codes: resource_not_found, limit_reached.
         */
        post: operations["policies.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One limit policy
         * @description Roles: owner, admin, project_admin, viewer, operator. Error codes: resource_not_found.
         */
        get: operations["policies.read"];
        put?: never;
        post?: never;
        /**
         * Removes a limit policy
         * @description Roles: owner, admin. Error codes: resource_not_found.
         */
        delete: operations["policies.delete"];
        options?: never;
        head?: never;
        /**
         * Changes a limit policy; what was counted stays counted
         * @description Roles: owner, admin. Licence: QUOTA_MANAGEMENT. Error codes: resource_not_found.
         */
        patch: operations["policies.update"];
        trace?: never;
    };
    "/v1/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Projects that the caller may use
         * @description Roles: owner, admin, project_admin, user, viewer. Licence: PROJECT_MANAGEMENT.
         */
        get: operations["projects.list"];
        put?: never;
        /**
         * Makes a project, if the licence has room for one more
         * @description Roles: owner, admin. Licence: PROJECT_MANAGEMENT. Error codes: already_exists, limit_reached, resource_not_found.
         */
        post: operations["projects.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One project
         * @description Roles: owner, admin, project_admin, user, viewer. Licence: PROJECT_MANAGEMENT. Error codes: resource_not_found.
         */
        get: operations["projects.read"];
        put?: never;
        post?: never;
        /**
         * Closes a project for good: its keys are refused, its bills stay
         * @description Roles: owner, admin. Licence: PROJECT_MANAGEMENT. Error codes: resource_not_found, not_editable.
         */
        delete: operations["projects.disable"];
        options?: never;
        head?: never;
        /**
         * Changes a project
         * @description Roles: owner, admin. Licence: PROJECT_MANAGEMENT. Error codes: resource_not_found.
         */
        patch: operations["projects.update"];
        trace?: never;
    };
    "/v1/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Providers that this tenant can call
         * @description Roles: owner, admin, operator.
         */
        get: operations["providers.list"];
        put?: never;
        /**
         * Adds a provider; its credential is never shown again
         * @description Roles: owner, admin, operator. Error codes: name_taken, too_many_rows, row_not_found, row_read_only, row_invalid, changed_meanwhile, encryption_key_missing, outbound_refused.
         */
        post: operations["providers.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One provider, and how it stands
         * @description Roles: owner, admin, operator. Error codes: row_not_found.
         */
        get: operations["providers.read"];
        put?: never;
        post?: never;
        /**
         * Removes a provider and its models
         * @description Roles: owner, admin, operator. Error codes: row_not_found, row_read_only, row_invalid, changed_meanwhile.
         */
        delete: operations["providers.remove"];
        options?: never;
        head?: never;
        /**
         * Changes members of a provider; another host takes the credential again
         * @description Roles: owner, admin, operator. Error codes: row_not_found, row_read_only, row_invalid, changed_meanwhile, encryption_key_missing, outbound_refused.
         */
        patch: operations["providers.change"];
        trace?: never;
    };
    "/v1/providers/{name}/api-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replaces the credential: calls under way end on the old one, the next have the new one
         * @description Roles: owner, admin, operator. Error codes: row_not_found, row_read_only, row_invalid, changed_meanwhile, encryption_key_missing, outbound_refused.
         */
        put: operations["providers.set_key"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{name}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes it and its models out of routing
         * @description Roles: owner, admin, operator. Error codes: row_not_found, row_read_only, row_invalid, changed_meanwhile.
         */
        post: operations["providers.disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{name}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts it and its models back
         * @description Roles: owner, admin, operator. Error codes: row_not_found, row_read_only, row_invalid, changed_meanwhile.
         */
        post: operations["providers.enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{name}/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Models of a provider; those of the file or the environment are read-only
         * @description Roles: owner, admin, operator. Error codes: row_not_found.
         */
        get: operations["providers.models.list"];
        put?: never;
        /**
         * Adds a model; without a price it takes price: free
         * @description Roles: owner, admin, operator. Error codes: name_taken, too_many_rows, row_not_found, row_read_only, row_invalid, changed_meanwhile.
         */
        post: operations["providers.models.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{name}/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Removes a model
         * @description Roles: owner, admin, operator. Error codes: row_not_found, row_read_only, row_invalid, changed_meanwhile.
         */
        delete: operations["providers.models.remove"];
        options?: never;
        head?: never;
        /**
         * Changes members of a model; a slash in its name is written %2F
         * @description Roles: owner, admin, operator. Error codes: row_not_found, row_read_only, row_invalid, changed_meanwhile.
         */
        patch: operations["providers.models.change"];
        trace?: never;
    };
    "/v1/providers/{name}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Closes its circuits and wakes its keys, in every provider-adapter
         * @description Roles: owner, admin, operator. Error codes: row_not_found.
         */
        post: operations["providers.reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks it for its models with its credential: no call that costs
         * @description Roles: owner, admin, operator. Error codes: row_not_found.
         */
        post: operations["providers.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quota/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every limit that calls with this credential count against: used, remaining, reset
         * @description Roles: owner, admin, project_admin, user, viewer.
         */
        get: operations["quota.status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/registry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Backends that registered themselves
         * @description Roles: owner, admin, operator.
         */
        get: operations["registry.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/registry/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Registers a backend, or renews its lease
         * @description Roles: owner, admin, operator. Error codes: name_taken, too_many_rows, row_invalid, changed_meanwhile, outbound_refused.
         */
        put: operations["registry.register"];
        post?: never;
        /**
         * Takes a backend out at once
         * @description Roles: owner, admin, operator. Error codes: row_not_found, changed_meanwhile.
         */
        delete: operations["registry.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rerank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Documents by their relevance
         * @description Roles: owner, admin, project_admin, user. Licence: RERANKER. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout, operation_unsupported.
         */
        post: operations["inference.rerank"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A response in OpenAI’s form, kept unless store is false
         * @description Roles: owner, admin, project_admin, user. Licence: LLM_CHAT. Error codes: model_not_found, capability_missing, budget_exceeded, idempotency_mismatch, upstream_error, upstream_quota, upstream_timeout.
         */
        post: operations["inference.responses"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A kept response, or its events (stream=true)
         * @description Roles: owner, admin, project_admin, user. Error codes: response_not_found.
         */
        get: operations["responses.read"];
        put?: never;
        post?: never;
        /**
         * Forgets a response
         * @description Roles: owner, admin, project_admin, user. Error codes: response_not_found.
         */
        delete: operations["responses.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends a response that runs in the background
         * @description Roles: owner, admin, project_admin, user. Error codes: response_not_found.
         */
        post: operations["responses.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{id}/input_items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was new in the turn of a response
         * @description Roles: owner, admin, project_admin, user. Error codes: response_not_found.
         */
        get: operations["responses.input_items"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/spend/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was spent: totals, by one dimension or several (dearest first), over time; whole hours
         * @description Roles: owner, admin, project_admin, user, viewer.
         */
        get: operations["spend.report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Error rate, times, the dearest models and calls, the most frequent errors
         * @description Roles: owner, admin, project_admin, user, viewer.
         */
        get: operations["usage.stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All tenants
         * @description Roles: owner, above tenants.
         */
        get: operations["tenants.list"];
        put?: never;
        /**
         * Makes a tenant with a project `default` and a key of its owner, which this answer alone shows
         * @description Roles: owner, above tenants. Error codes: already_exists, resource_not_found.
         */
        post: operations["tenants.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One tenant
         * @description Roles: owner, above tenants. Error codes: resource_not_found.
         */
        get: operations["tenants.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes a tenant or its licence, disables it and enables it again
         * @description Roles: owner, above tenants. Error codes: resource_not_found, not_editable.
         */
        patch: operations["tenants.update"];
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * API keys, without the keys
         * @description Roles: owner, admin, project_admin, user. Licence: API_KEYS.
         */
        get: operations["tokens.list"];
        put?: never;
        /**
         * Makes an API key, which this answer alone shows
         * @description Roles: owner, admin, project_admin, user. Licence: API_KEYS. Error codes: resource_not_found, limit_reached.
         */
        post: operations["tokens.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One API key, without the key
         * @description Roles: owner, admin, project_admin, user. Licence: API_KEYS. Error codes: resource_not_found.
         */
        get: operations["tokens.read"];
        put?: never;
        post?: never;
        /**
         * Revokes an API key everywhere within five seconds; again is the same
         * @description Roles: owner, admin, project_admin, user. Licence: API_KEYS. Error codes: resource_not_found, not_editable, last_owner.
         */
        delete: operations["tokens.revoke"];
        options?: never;
        head?: never;
        /**
         * Changes what an API key may do; absent members stay as they are
         * @description Roles: owner, admin, project_admin, user. Licence: API_KEYS. Error codes: resource_not_found, not_editable.
         */
        patch: operations["tokens.update"];
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calls with what they cost, the newest first
         * @description Roles: owner, admin, project_admin, user, viewer.
         */
        get: operations["usage.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The people of the company, invited ones too, in the order of their ids
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: tenant_disabled, accounts_disabled.
         */
        get: operations["users.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One of them
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: user_not_found, tenant_disabled, accounts_disabled.
         */
        get: operations["users.read"];
        put?: never;
        post?: never;
        /**
         * Removes somebody with their sessions and passkeys
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: user_not_found, role_not_allowed, last_owner, tenant_disabled, accounts_disabled.
         */
        delete: operations["users.delete"];
        options?: never;
        head?: never;
        /**
         * Another name, role or status; a disabled user is signed out
         * @description Roles: owner, admin. Licence: USER_MANAGEMENT. Error codes: user_not_found, role_not_allowed, last_owner, tenant_disabled, accounts_disabled.
         */
        patch: operations["users.update"];
        trace?: never;
    };
    "/v1/users/{id}/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Removes a person and what they said from every store; bills stay under another name. Once more asks how far it is
         * @description Roles: owner, admin, project_admin, user, viewer, operator. Error codes: user_not_found, not_a_user, role_not_allowed, last_owner, resource_not_found.
         */
        post: operations["users.erase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/erasure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far the removal of a person is
         * @description Roles: owner, admin, project_admin, user, viewer, operator. Error codes: user_not_found, not_a_user, resource_not_found.
         */
        get: operations["users.erasure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whatever is kept of a person, page by page: account, keys, stored responses, calls with their answers, what was said
         * @description Roles: owner, admin, project_admin, user, viewer, operator. Error codes: user_not_found, not_a_user, resource_not_found.
         */
        get: operations["users.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What a provider of this dialect said about the request is said again as it was */
        AnthropicError: {
            error: {
                message: string;
                type: string;
            } & {
                [key: string]: unknown;
            };
            request_id?: string | null;
            /** @constant */
            type: "error";
        } & {
            [key: string]: unknown;
        };
        Error: {
            error: {
                code: string | null;
                message: string;
                param: string | null;
                type: string;
            };
        };
        /** @description What a provider of this dialect said about the request is said again as it was */
        VendorError: {
            error: {
                code?: unknown;
                message: string;
                param?: unknown;
                type?: string | null;
            } & {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        };
    };
    responses: {
        /** @description Something in the request is not valid; `param` names it */
        AnthropicError400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description No valid credential */
        AnthropicError401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description The call costs more than it says it may */
        AnthropicError402: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description The credential, its role or the licence does not allow it */
        AnthropicError403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description Not there, or not the caller’s */
        AnthropicError404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description It does not go with what is there */
        AnthropicError409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description Not kept any more */
        AnthropicError410: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description The body is too large */
        AnthropicError413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description The body is of another type */
        AnthropicError415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description It contradicts an earlier request */
        AnthropicError422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description A limit is reached; Retry-After says when to come back */
        AnthropicError429: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description The provider of this model has no such operation */
        AnthropicError501: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description The provider failed */
        AnthropicError502: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description A part of the gateway is away; Retry-After says when to come back */
        AnthropicError503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description The provider did not answer in time */
        AnthropicError504: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description The gateway or the provider is overloaded; Retry-After says when to come back */
        AnthropicError529: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description Something in the request is not valid; `param` names it */
        Error400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description No valid credential */
        Error401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The call costs more than it says it may */
        Error402: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The credential, its role or the licence does not allow it */
        Error403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Not there, or not the caller’s */
        Error404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description It does not go with what is there */
        Error409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Not kept any more */
        Error410: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is too large */
        Error413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is of another type */
        Error415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description It contradicts an earlier request */
        Error422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A limit is reached; Retry-After says when to come back */
        Error429: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The provider of this model has no such operation */
        Error501: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The provider failed */
        Error502: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A part of the gateway is away; Retry-After says when to come back */
        Error503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The provider did not answer in time */
        Error504: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The gateway or the provider is overloaded; Retry-After says when to come back */
        Error529: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Something in the request is not valid; `param` names it */
        VendorError400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description No valid credential */
        VendorError401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The call costs more than it says it may */
        VendorError402: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The credential, its role or the licence does not allow it */
        VendorError403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description Not there, or not the caller’s */
        VendorError404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description It does not go with what is there */
        VendorError409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description Not kept any more */
        VendorError410: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The body is too large */
        VendorError413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The body is of another type */
        VendorError415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description It contradicts an earlier request */
        VendorError422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description A limit is reached; Retry-After says when to come back */
        VendorError429: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The provider of this model has no such operation */
        VendorError501: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The provider failed */
        VendorError502: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description A part of the gateway is away; Retry-After says when to come back */
        VendorError503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The provider did not answer in time */
        VendorError504: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The gateway or the provider is overloaded; Retry-After says when to come back */
        VendorError529: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "root.head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "auth.jwks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: {
                            [key: string]: string;
                        }[];
                    };
                };
            };
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "health.live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ok";
                    };
                };
            };
        };
    };
    "openapi.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            429: components["responses"]["Error429"];
        };
    };
    "health.ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description By port */
                        adapters: {
                            [key: string]: string;
                        };
                        checks: {
                            error?: string;
                            latency_ms: number;
                            name: string;
                            ok: boolean;
                            /** @description Not ready while it fails */
                            required: boolean;
                        }[];
                        /** @enum {string} */
                        status: "ok" | "degraded" | "unavailable" | "starting" | "draining";
                        uptime_s: number;
                        version: string;
                    };
                };
            };
            /** @description A part of the gateway is away; Retry-After says when to come back */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description By port */
                        adapters: {
                            [key: string]: string;
                        };
                        checks: {
                            error?: string;
                            latency_ms: number;
                            name: string;
                            ok: boolean;
                            /** @description Not ready while it fails */
                            required: boolean;
                        }[];
                        /** @enum {string} */
                        status: "ok" | "degraded" | "unavailable" | "starting" | "draining";
                        uptime_s: number;
                        version: string;
                    };
                };
            };
        };
    };
    "aliases.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            max_tokens?: number;
                            model: string;
                            name: string;
                            /** @enum {string} */
                            origin: "file" | "environment" | "built-in" | "database" | "registry";
                            read_only: boolean;
                            shared: boolean;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            updated_at?: string;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "aliases.put": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    max_tokens?: number;
                    model: string;
                    /** @description For all tenants; default: if the caller may */
                    shared?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        max_tokens?: number;
                        model: string;
                        name: string;
                        /** @enum {string} */
                        origin: "file" | "environment" | "built-in" | "database" | "registry";
                        read_only: boolean;
                        shared: boolean;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at?: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "aliases.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "inference.audio-speech": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": string;
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            501: components["responses"]["VendorError501"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "inference.audio-transcriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    model: string;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            501: components["responses"]["VendorError501"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "inference.audio-translations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    model: string;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            501: components["responses"]["VendorError501"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "audit.list": {
        parameters: {
            query?: {
                action?: string;
                actor?: string;
                after?: string;
                limit?: number;
                outcome?: "done" | "denied" | "failed";
                since?: string;
                target?: string;
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            action: string;
                            actor: {
                                key_id: string | null;
                                role: ("owner" | "admin" | "project_admin" | "user" | "viewer" | "operator") | null;
                                user_id: string | null;
                            };
                            address: string;
                            after: unknown;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            at: string;
                            before: unknown;
                            id: string;
                            /** @enum {string} */
                            outcome: "done" | "denied" | "failed";
                            request_id: string;
                            target: string;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.invite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    name: string;
                    /**
                     * @default user
                     * @enum {string}
                     */
                    role?: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        email: string;
                        id: string;
                        last_login_at: string | null;
                        name: string;
                        /** @enum {string} */
                        origin: "local" | "external";
                        /** @enum {string} */
                        role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                        /** @enum {string} */
                        status: "active" | "invited" | "disabled";
                        tenant: {
                            id: string;
                            name: string;
                            slug: string;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.accept-invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                    token: string;
                    /**
                     * @default both
                     * @enum {string}
                     */
                    transport?: "both" | "cookie" | "token";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token?: string;
                        csrf_token: string;
                        expires_in: number;
                        refresh_token?: string;
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string;
                            id: string;
                            last_login_at: string | null;
                            name: string;
                            /** @enum {string} */
                            origin: "local" | "external";
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            /** @enum {string} */
                            status: "active" | "invited" | "disabled";
                            tenant: {
                                id: string;
                                name: string;
                                slug: string;
                            };
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    password: string;
                    slug?: string;
                    /**
                     * @default both
                     * @enum {string}
                     */
                    transport?: "both" | "cookie" | "token";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token?: string;
                        csrf_token: string;
                        expires_in: number;
                        refresh_token?: string;
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string;
                            id: string;
                            last_login_at: string | null;
                            name: string;
                            /** @enum {string} */
                            origin: "local" | "external";
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            /** @enum {string} */
                            status: "active" | "invited" | "disabled";
                            tenant: {
                                id: string;
                                name: string;
                                slug: string;
                            };
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default false */
                    everywhere?: boolean;
                    refresh_token?: string;
                } | null;
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        features: string[] | null;
                        key: {
                            id: string;
                            name: string;
                        };
                        platform: boolean;
                        project_id: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                        tenant: {
                            id: string;
                            name: string;
                            slug: string;
                        };
                        tier: string;
                        user: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string;
                            id: string;
                            last_login_at: string | null;
                            name: string;
                            /** @enum {string} */
                            origin: "local" | "external";
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            /** @enum {string} */
                            status: "active" | "invited" | "disabled";
                            tenant: {
                                id: string;
                                name: string;
                                slug: string;
                            };
                        } | null;
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.oidc-start": {
        parameters: {
            query?: {
                return_to?: string;
            };
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.oidc-callback": {
        parameters: {
            query?: {
                authuser?: string;
                client_info?: string;
                cloud_graph_host_name?: string;
                cloud_instance_host_name?: string;
                cloud_instance_name?: string;
                code?: string;
                error?: string;
                error_description?: string;
                error_uri?: string;
                hd?: string;
                iss?: string;
                msgraph_host?: string;
                prompt?: string;
                scope?: string;
                session_state?: string;
                state?: string;
            };
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "passkeys.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            id: string;
                            last_used_at: string | null;
                            name: string;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "passkeys.add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    credential: {
                        id: string;
                        rawId: string;
                        response: {
                            clientDataJSON: string;
                        } & {
                            [key: string]: unknown;
                        };
                        /** @constant */
                        type: "public-key";
                    } & {
                        [key: string]: unknown;
                    };
                    name: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        last_used_at: string | null;
                        name: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "passkeys.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "passkeys.login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    credential: {
                        id: string;
                        rawId: string;
                        response: {
                            clientDataJSON: string;
                        } & {
                            [key: string]: unknown;
                        };
                        /** @constant */
                        type: "public-key";
                    } & {
                        [key: string]: unknown;
                    };
                    /**
                     * @default both
                     * @enum {string}
                     */
                    transport?: "both" | "cookie" | "token";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token?: string;
                        csrf_token: string;
                        expires_in: number;
                        refresh_token?: string;
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string;
                            id: string;
                            last_login_at: string | null;
                            name: string;
                            /** @enum {string} */
                            origin: "local" | "external";
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            /** @enum {string} */
                            status: "active" | "invited" | "disabled";
                            tenant: {
                                id: string;
                                name: string;
                                slug: string;
                            };
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "passkeys.login-options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        challenge: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "passkeys.options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        challenge: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    current_password: string;
                    new_password: string;
                    /**
                     * @default both
                     * @enum {string}
                     */
                    transport?: "both" | "cookie" | "token";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token?: string;
                        csrf_token: string;
                        expires_in: number;
                        refresh_token?: string;
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string;
                            id: string;
                            last_login_at: string | null;
                            name: string;
                            /** @enum {string} */
                            origin: "local" | "external";
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            /** @enum {string} */
                            status: "active" | "invited" | "disabled";
                            tenant: {
                                id: string;
                                name: string;
                                slug: string;
                            };
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.forgot-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    slug?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                    token: string;
                };
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    refresh_token?: string;
                } | null;
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token?: string;
                        csrf_token: string;
                        expires_in: number;
                        refresh_token?: string;
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string;
                            id: string;
                            last_login_at: string | null;
                            name: string;
                            /** @enum {string} */
                            origin: "local" | "external";
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            /** @enum {string} */
                            status: "active" | "invited" | "disabled";
                            tenant: {
                                id: string;
                                name: string;
                                slug: string;
                            };
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    company: string;
                    /** Format: email */
                    email: string;
                    name: string;
                    password: string;
                    slug: string;
                    /**
                     * @default both
                     * @enum {string}
                     */
                    transport?: "both" | "cookie" | "token";
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token?: string;
                        csrf_token?: string;
                        expires_in?: number;
                        refresh_token?: string;
                        /** @enum {string} */
                        state: "active" | "pending";
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string;
                            id: string;
                            last_login_at: string | null;
                            name: string;
                            /** @enum {string} */
                            origin: "local" | "external";
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            /** @enum {string} */
                            status: "active" | "invited" | "disabled";
                            tenant: {
                                id: string;
                                name: string;
                                slug: string;
                            };
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "budgets.list": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            id: string;
                            /** @description Globs over models whose calls count; null = all */
                            models: string[] | null;
                            /** @description Shown in refusals */
                            name: string;
                            /** @enum {string} */
                            scope: "tenant" | "project" | "user" | "key" | "model";
                            /** @description Id of one of the scope; null = each */
                            target: string | null;
                            /** @description Shares of the budget that are told once each */
                            thresholds: number[];
                            usd: number | null;
                            /** @enum {string} */
                            window: "day" | "month" | "total";
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "budgets.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Globs over models whose calls count; null = all */
                    models?: string[] | null;
                    /** @description Shown in refusals */
                    name: string;
                    /** @enum {string} */
                    scope: "tenant" | "project" | "user" | "key" | "model";
                    /** @description Id of one of the scope; null = each */
                    target?: string | null;
                    /**
                     * @description Shares of the budget that are told once each
                     * @default [
                     *       0.5,
                     *       0.8,
                     *       1
                     *     ]
                     */
                    thresholds?: number[];
                    /** @description -1 or null = unlimited */
                    usd: number | null;
                    /** @enum {string} */
                    window: "day" | "month" | "total";
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        /** @description Globs over models whose calls count; null = all */
                        models: string[] | null;
                        /** @description Shown in refusals */
                        name: string;
                        /** @enum {string} */
                        scope: "tenant" | "project" | "user" | "key" | "model";
                        /** @description Id of one of the scope; null = each */
                        target: string | null;
                        /** @description Shares of the budget that are told once each */
                        thresholds: number[];
                        usd: number | null;
                        /** @enum {string} */
                        window: "day" | "month" | "total";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "budgets.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        /** @description Globs over models whose calls count; null = all */
                        models: string[] | null;
                        /** @description Shown in refusals */
                        name: string;
                        /** @enum {string} */
                        scope: "tenant" | "project" | "user" | "key" | "model";
                        /** @description Id of one of the scope; null = each */
                        target: string | null;
                        /** @description Shares of the budget that are told once each */
                        thresholds: number[];
                        usd: number | null;
                        /** @enum {string} */
                        window: "day" | "month" | "total";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "budgets.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "budgets.update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Globs over models whose calls count; null = all */
                    models?: string[] | null;
                    /** @description Shown in refusals */
                    name?: string;
                    /** @description Shares of the budget that are told once each */
                    thresholds?: number[];
                    /** @description -1 or null = unlimited */
                    usd?: number | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        /** @description Globs over models whose calls count; null = all */
                        models: string[] | null;
                        /** @description Shown in refusals */
                        name: string;
                        /** @enum {string} */
                        scope: "tenant" | "project" | "user" | "key" | "model";
                        /** @description Id of one of the scope; null = each */
                        target: string | null;
                        /** @description Shares of the budget that are told once each */
                        thresholds: number[];
                        usd: number | null;
                        /** @enum {string} */
                        window: "day" | "month" | "total";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "budgets.status": {
        parameters: {
            query?: {
                key?: string;
                project?: string;
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            max_usd: string;
                            name: string;
                            reached: number[];
                            remaining_usd: string;
                            reserved_usd: string | null;
                            resets_at: string | null;
                            /** @enum {string} */
                            scope: "tenant" | "project" | "user" | "key" | "model";
                            /** @enum {string} */
                            source: "counter" | "ledger";
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            starts_at: string;
                            used_share: number;
                            used_usd: string;
                            /** @enum {string} */
                            window: "second" | "minute" | "hour" | "day" | "month" | "total";
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "inference.chat-completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "inference.completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "conversations.turns": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            content: string;
                            id: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            occurred_at: string;
                            request_id: string;
                            role: string;
                            session_id: string;
                            turn: number;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "inference.embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            501: components["responses"]["VendorError501"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "generations.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        attempts: {
                            attempt: number;
                            error?: string;
                            provider: string;
                            /** @enum {string} */
                            state: "running" | "completed" | "failed" | "cancelled" | "unconfirmed";
                        }[];
                        cost_nano_usd: number | null;
                        created_at: number;
                        error?: {
                            code: string;
                            message: string;
                        };
                        finished_at: number | null;
                        /** Format: uuid */
                        id: string;
                        last_cursor: string | null;
                        model: string;
                        /** @enum {string} */
                        state: "accepted" | "running" | "completed" | "failed" | "cancelled" | "expired";
                        usage: {
                            /** @description of the input, written to a cache */
                            cache_write_tokens: number;
                            /** @description of the input, read from a cache */
                            cached_input_tokens: number;
                            /** @description the provider reported nothing: the counts are ours */
                            estimated: boolean;
                            /** @description all of them */
                            input_tokens: number;
                            /** @description all of them */
                            output_tokens: number;
                            /** @description of the output, thought and not shown */
                            reasoning_tokens: number;
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "generations.cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        attempts: {
                            attempt: number;
                            error?: string;
                            provider: string;
                            /** @enum {string} */
                            state: "running" | "completed" | "failed" | "cancelled" | "unconfirmed";
                        }[];
                        cost_nano_usd: number | null;
                        created_at: number;
                        error?: {
                            code: string;
                            message: string;
                        };
                        finished_at: number | null;
                        /** Format: uuid */
                        id: string;
                        last_cursor: string | null;
                        model: string;
                        /** @enum {string} */
                        state: "accepted" | "running" | "completed" | "failed" | "cancelled" | "expired";
                        usage: {
                            /** @description of the input, written to a cache */
                            cache_write_tokens: number;
                            /** @description of the input, read from a cache */
                            cached_input_tokens: number;
                            /** @description the provider reported nothing: the counts are ours */
                            estimated: boolean;
                            /** @description all of them */
                            input_tokens: number;
                            /** @description all of them */
                            output_tokens: number;
                            /** @description of the output, thought and not shown */
                            reasoning_tokens: number;
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "generations.stream": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            410: components["responses"]["Error410"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "generations.turns": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            content: string;
                            id: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            occurred_at: string;
                            request_id: string;
                            role: string;
                            session_id: string;
                            turn: number;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "groups.list": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            id: string;
                            models: string[];
                            name: string;
                            projects: string[];
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "groups.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id: string;
                    /** @description Globs: models beside those of the project */
                    models?: string[];
                    name?: string;
                    /** @description Projects for members only that it opens */
                    projects?: string[];
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        models: string[];
                        name: string;
                        projects: string[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "groups.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        models: string[];
                        name: string;
                        projects: string[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "groups.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "groups.update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Globs: models beside those of the project */
                    models?: string[];
                    name?: string;
                    /** @description Projects for members only that it opens */
                    projects?: string[];
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        models: string[];
                        name: string;
                        projects: string[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "groups.members.list": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "groups.members.add": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "groups.members.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "inference.images-edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            501: components["responses"]["VendorError501"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "inference.images-generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            501: components["responses"]["VendorError501"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "licences.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        container: {
                            cpu: string;
                            disk: string;
                            idle_minutes: number | null;
                            memory: string;
                        };
                        expires_at: string | null;
                        features: string[];
                        limits: {
                            max: number;
                            metric: string;
                            name: string;
                            window: string | null;
                        }[];
                        projects: number | null;
                        signed: boolean;
                        tier: string;
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "licences.paste": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        expires_at: string;
                        tenant: string;
                        tier: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "licences.tiers.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            all_features: string[];
                            container: {
                                cpu: string;
                                disk: string;
                                idle_minutes: number | null;
                                memory: string;
                            };
                            /** @description What it adds to the flags of all lower ranks */
                            features: string[];
                            limits: {
                                max: number;
                                /** @enum {string} */
                                metric: "requests" | "tokens" | "concurrency";
                                /** @description Null for concurrency, and only there */
                                window: ("second" | "minute" | "hour" | "day" | "month" | "total") | null;
                            }[];
                            name: string;
                            projects: number | null;
                            /** @description A higher one has whatever a lower one has */
                            rank: number;
                            weight: number;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "licences.tiers.put": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    container: {
                        cpu: string;
                        disk: string;
                        idle_minutes: number | null;
                        memory: string;
                    };
                    /** @description What it adds to the flags of all lower ranks */
                    features: string[];
                    limits: {
                        max: number;
                        /** @enum {string} */
                        metric: "requests" | "tokens" | "concurrency";
                        /** @description Null for concurrency, and only there */
                        window: ("second" | "minute" | "hour" | "day" | "month" | "total") | null;
                    }[];
                    projects: number | null;
                    /** @description A higher one has whatever a lower one has */
                    rank: number;
                    weight: number;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        all_features: string[];
                        container: {
                            cpu: string;
                            disk: string;
                            idle_minutes: number | null;
                            memory: string;
                        };
                        /** @description What it adds to the flags of all lower ranks */
                        features: string[];
                        limits: {
                            max: number;
                            /** @enum {string} */
                            metric: "requests" | "tokens" | "concurrency";
                            /** @description Null for concurrency, and only there */
                            window: ("second" | "minute" | "hour" | "day" | "month" | "total") | null;
                        }[];
                        name: string;
                        projects: number | null;
                        /** @description A higher one has whatever a lower one has */
                        rank: number;
                        weight: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "licences.tiers.apply": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        users: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "licences.users.list": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            container: {
                                cpu: string;
                                disk: string;
                                idle_minutes: number | null;
                                memory: string;
                            } | null;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string | null;
                            expires_at: string | null;
                            features: string[] | null;
                            id: string;
                            mcp_server_url: string | null;
                            tier: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            updated_at: string;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "licences.users.put": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Null = that of the tier */
                    container?: {
                        cpu: string;
                        disk: string;
                        idle_minutes: number | null;
                        memory: string;
                    } | null;
                    email?: string | null;
                    expires_at?: (number | string) | null;
                    /** @description Null = those of the tier */
                    features?: string[] | null;
                    tier: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        container: {
                            cpu: string;
                            disk: string;
                            idle_minutes: number | null;
                            memory: string;
                        } | null;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        email: string | null;
                        expires_at: string | null;
                        features: string[] | null;
                        id: string;
                        mcp_server_url: string | null;
                        tier: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "licences.users.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "inference.messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["AnthropicError400"];
            401: components["responses"]["AnthropicError401"];
            402: components["responses"]["AnthropicError402"];
            403: components["responses"]["AnthropicError403"];
            404: components["responses"]["AnthropicError404"];
            413: components["responses"]["AnthropicError413"];
            415: components["responses"]["AnthropicError415"];
            422: components["responses"]["AnthropicError422"];
            429: components["responses"]["AnthropicError429"];
            502: components["responses"]["AnthropicError502"];
            503: components["responses"]["AnthropicError503"];
            504: components["responses"]["AnthropicError504"];
            529: components["responses"]["AnthropicError529"];
        };
    };
    "messages.count_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        input_tokens: number;
                    };
                };
            };
            400: components["responses"]["AnthropicError400"];
            401: components["responses"]["AnthropicError401"];
            403: components["responses"]["AnthropicError403"];
            404: components["responses"]["AnthropicError404"];
            413: components["responses"]["AnthropicError413"];
            415: components["responses"]["AnthropicError415"];
            429: components["responses"]["AnthropicError429"];
            529: components["responses"]["AnthropicError529"];
        };
    };
    "models.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: ({
                            created: number;
                            id: string;
                            /** @constant */
                            object: "model";
                            owned_by: string;
                        } & {
                            [key: string]: unknown;
                        })[];
                        has_more: boolean;
                        /** @constant */
                        object: "list";
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "models.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created: number;
                        id: string;
                        /** @constant */
                        object: "model";
                        owned_by: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "inference.moderations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            501: components["responses"]["VendorError501"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "policies.list": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            id: string;
                            max: number;
                            /** @enum {string} */
                            metric: "requests" | "tokens" | "concurrency";
                            /** @description Globs over models whose calls count; null = all */
                            models: string[] | null;
                            /** @description Shown in refusals */
                            name: string;
                            /** @enum {string} */
                            scope: "tenant" | "project" | "user" | "key" | "model";
                            /** @description Id of one of the scope; null = each */
                            target: string | null;
                            /** @description Null for concurrency, and only there */
                            window: ("second" | "minute" | "hour" | "day" | "month" | "total") | null;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "policies.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    max: number;
                    /** @enum {string} */
                    metric: "requests" | "tokens" | "concurrency";
                    /** @description Globs over models whose calls count; null = all */
                    models?: string[] | null;
                    /** @description Shown in refusals */
                    name: string;
                    /** @enum {string} */
                    scope: "tenant" | "project" | "user" | "key" | "model";
                    /** @description Id of one of the scope; null = each */
                    target?: string | null;
                    /** @description Null for concurrency, and only there */
                    window?: ("second" | "minute" | "hour" | "day" | "month" | "total") | null;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        max: number;
                        /** @enum {string} */
                        metric: "requests" | "tokens" | "concurrency";
                        /** @description Globs over models whose calls count; null = all */
                        models: string[] | null;
                        /** @description Shown in refusals */
                        name: string;
                        /** @enum {string} */
                        scope: "tenant" | "project" | "user" | "key" | "model";
                        /** @description Id of one of the scope; null = each */
                        target: string | null;
                        /** @description Null for concurrency, and only there */
                        window: ("second" | "minute" | "hour" | "day" | "month" | "total") | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "policies.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        max: number;
                        /** @enum {string} */
                        metric: "requests" | "tokens" | "concurrency";
                        /** @description Globs over models whose calls count; null = all */
                        models: string[] | null;
                        /** @description Shown in refusals */
                        name: string;
                        /** @enum {string} */
                        scope: "tenant" | "project" | "user" | "key" | "model";
                        /** @description Id of one of the scope; null = each */
                        target: string | null;
                        /** @description Null for concurrency, and only there */
                        window: ("second" | "minute" | "hour" | "day" | "month" | "total") | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "policies.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "policies.update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    max?: number;
                    /** @description Globs over models whose calls count; null = all */
                    models?: string[] | null;
                    /** @description Shown in refusals */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        id: string;
                        max: number;
                        /** @enum {string} */
                        metric: "requests" | "tokens" | "concurrency";
                        /** @description Globs over models whose calls count; null = all */
                        models: string[] | null;
                        /** @description Shown in refusals */
                        name: string;
                        /** @enum {string} */
                        scope: "tenant" | "project" | "user" | "key" | "model";
                        /** @description Id of one of the scope; null = each */
                        target: string | null;
                        /** @description Null for concurrency, and only there */
                        window: ("second" | "minute" | "hour" | "day" | "month" | "total") | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "projects.list": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            disabled_at: string | null;
                            id: string;
                            members_only: boolean;
                            models: string[] | null;
                            name: string;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "projects.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id: string;
                    /** @description Open only to groups that have it, beside owners and admins */
                    members_only?: boolean;
                    /** @description Globs; null = all models of the tenant */
                    models?: string[] | null;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        disabled_at: string | null;
                        id: string;
                        members_only: boolean;
                        models: string[] | null;
                        name: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "projects.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        disabled_at: string | null;
                        id: string;
                        members_only: boolean;
                        models: string[] | null;
                        name: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "projects.disable": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        disabled_at: string | null;
                        id: string;
                        members_only: boolean;
                        models: string[] | null;
                        name: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "projects.update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Open only to groups that have it, beside owners and admins */
                    members_only?: boolean;
                    /** @description Globs; null = all models of the tenant */
                    models?: string[] | null;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        disabled_at: string | null;
                        id: string;
                        members_only: boolean;
                        models: string[] | null;
                        name: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            auth: {
                                [key: string]: string | string[];
                            };
                            base_url?: string;
                            enabled: boolean;
                            health: {
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, UTC
                                 */
                                at: string;
                                calls: number;
                                circuits_open: number;
                                instance: string;
                                keys: number;
                                keys_resting: number;
                                /** @enum {string} */
                                status: "up" | "down" | "credential_refused" | "unknown";
                                waiting: number;
                            }[];
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            lease_ends_at?: string;
                            models: string[];
                            name: string;
                            /** @enum {string} */
                            origin: "file" | "environment" | "built-in" | "database" | "registry";
                            read_only: boolean;
                            settings?: {
                                [key: string]: unknown;
                            };
                            shared: boolean;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            updated_at?: string;
                            /** @enum {string} */
                            wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    also_speaks?: ("openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke")[];
                    auth?: {
                        key: string | string[];
                        /** @constant */
                        type: "bearer";
                    } | {
                        /** @constant */
                        type: "none";
                    } | {
                        key: string | string[];
                        /** @enum {string} */
                        type: "x-api-key" | "x-goog-api-key" | "api-key";
                    } | {
                        credentials_file: string;
                        /** @constant */
                        type: "google-oauth";
                    } | {
                        access_key_id: string;
                        secret_access_key: string;
                        session_token?: string;
                        /** @constant */
                        type: "aws-sigv4";
                    };
                    /** Format: uri */
                    base_url: string;
                    enabled?: boolean;
                    forward_headers?: string[];
                    headers?: {
                        [key: string]: string;
                    };
                    max_concurrent?: number;
                    name: string;
                    options?: {
                        abort_stops_billing?: boolean;
                        api_version?: string;
                        location?: string;
                        project?: string;
                        region?: string;
                    };
                    pool?: string;
                    queue_max?: number;
                    queue_timeout_ms?: number;
                    /** @description For all tenants; default: if the caller may */
                    shared?: boolean;
                    tls?: {
                        ca?: string;
                        cert?: string;
                        key?: string;
                        /** @default true */
                        verify?: boolean;
                    };
                    traits?: {
                        anthropic_betas?: string[];
                        anthropic_version?: string;
                        default_max_tokens?: number;
                        /** @enum {string} */
                        max_tokens_name?: "max_tokens" | "max_completion_tokens";
                        prefill?: boolean;
                        refuses?: string[];
                        replays_reasoning?: boolean;
                        stream_options?: boolean;
                        /** @enum {string} */
                        thinking?: "budget" | "adaptive";
                        /** @enum {string} */
                        tool_call_id?: "nine-alphanumerics";
                    };
                    vendor?: string;
                    /** @enum {string} */
                    wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        auth: {
                            [key: string]: string | string[];
                        };
                        base_url?: string;
                        enabled: boolean;
                        health: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            at: string;
                            calls: number;
                            circuits_open: number;
                            instance: string;
                            keys: number;
                            keys_resting: number;
                            /** @enum {string} */
                            status: "up" | "down" | "credential_refused" | "unknown";
                            waiting: number;
                        }[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        lease_ends_at?: string;
                        models: string[];
                        name: string;
                        /** @enum {string} */
                        origin: "file" | "environment" | "built-in" | "database" | "registry";
                        read_only: boolean;
                        settings?: {
                            [key: string]: unknown;
                        };
                        shared: boolean;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at?: string;
                        /** @enum {string} */
                        wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        auth: {
                            [key: string]: string | string[];
                        };
                        base_url?: string;
                        enabled: boolean;
                        health: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            at: string;
                            calls: number;
                            circuits_open: number;
                            instance: string;
                            keys: number;
                            keys_resting: number;
                            /** @enum {string} */
                            status: "up" | "down" | "credential_refused" | "unknown";
                            waiting: number;
                        }[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        lease_ends_at?: string;
                        models: string[];
                        name: string;
                        /** @enum {string} */
                        origin: "file" | "environment" | "built-in" | "database" | "registry";
                        read_only: boolean;
                        settings?: {
                            [key: string]: unknown;
                        };
                        shared: boolean;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at?: string;
                        /** @enum {string} */
                        wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    also_speaks?: ("openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke")[] | null;
                    auth?: ({
                        key: string | string[];
                        /** @constant */
                        type: "bearer";
                    } | {
                        /** @constant */
                        type: "none";
                    } | {
                        key: string | string[];
                        /** @enum {string} */
                        type: "x-api-key" | "x-goog-api-key" | "api-key";
                    } | {
                        credentials_file: string;
                        /** @constant */
                        type: "google-oauth";
                    } | {
                        access_key_id: string;
                        secret_access_key: string;
                        session_token?: string;
                        /** @constant */
                        type: "aws-sigv4";
                    }) | null;
                    base_url?: string | null;
                    enabled?: boolean | null;
                    forward_headers?: string[] | null;
                    headers?: {
                        [key: string]: string;
                    } | null;
                    max_concurrent?: number | null;
                    options?: {
                        abort_stops_billing?: boolean;
                        api_version?: string;
                        location?: string;
                        project?: string;
                        region?: string;
                    } | null;
                    pool?: string | null;
                    queue_max?: number | null;
                    queue_timeout_ms?: number | null;
                    tls?: {
                        ca?: string;
                        cert?: string;
                        key?: string;
                        /** @default true */
                        verify?: boolean;
                    } | null;
                    traits?: {
                        anthropic_betas?: string[];
                        anthropic_version?: string;
                        default_max_tokens?: number;
                        /** @enum {string} */
                        max_tokens_name?: "max_tokens" | "max_completion_tokens";
                        prefill?: boolean;
                        refuses?: string[];
                        replays_reasoning?: boolean;
                        stream_options?: boolean;
                        /** @enum {string} */
                        thinking?: "budget" | "adaptive";
                        /** @enum {string} */
                        tool_call_id?: "nine-alphanumerics";
                    } | null;
                    vendor?: string | null;
                    wire?: ("openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke") | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        auth: {
                            [key: string]: string | string[];
                        };
                        base_url?: string;
                        enabled: boolean;
                        health: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            at: string;
                            calls: number;
                            circuits_open: number;
                            instance: string;
                            keys: number;
                            keys_resting: number;
                            /** @enum {string} */
                            status: "up" | "down" | "credential_refused" | "unknown";
                            waiting: number;
                        }[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        lease_ends_at?: string;
                        models: string[];
                        name: string;
                        /** @enum {string} */
                        origin: "file" | "environment" | "built-in" | "database" | "registry";
                        read_only: boolean;
                        settings?: {
                            [key: string]: unknown;
                        };
                        shared: boolean;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at?: string;
                        /** @enum {string} */
                        wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.set_key": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    key: string | string[];
                } | {
                    auth: {
                        key: string | string[];
                        /** @constant */
                        type: "bearer";
                    } | {
                        /** @constant */
                        type: "none";
                    } | {
                        key: string | string[];
                        /** @enum {string} */
                        type: "x-api-key" | "x-goog-api-key" | "api-key";
                    } | {
                        credentials_file: string;
                        /** @constant */
                        type: "google-oauth";
                    } | {
                        access_key_id: string;
                        secret_access_key: string;
                        session_token?: string;
                        /** @constant */
                        type: "aws-sigv4";
                    };
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        auth: {
                            [key: string]: string | string[];
                        };
                        base_url?: string;
                        enabled: boolean;
                        health: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            at: string;
                            calls: number;
                            circuits_open: number;
                            instance: string;
                            keys: number;
                            keys_resting: number;
                            /** @enum {string} */
                            status: "up" | "down" | "credential_refused" | "unknown";
                            waiting: number;
                        }[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        lease_ends_at?: string;
                        models: string[];
                        name: string;
                        /** @enum {string} */
                        origin: "file" | "environment" | "built-in" | "database" | "registry";
                        read_only: boolean;
                        settings?: {
                            [key: string]: unknown;
                        };
                        shared: boolean;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at?: string;
                        /** @enum {string} */
                        wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.disable": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        auth: {
                            [key: string]: string | string[];
                        };
                        base_url?: string;
                        enabled: boolean;
                        health: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            at: string;
                            calls: number;
                            circuits_open: number;
                            instance: string;
                            keys: number;
                            keys_resting: number;
                            /** @enum {string} */
                            status: "up" | "down" | "credential_refused" | "unknown";
                            waiting: number;
                        }[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        lease_ends_at?: string;
                        models: string[];
                        name: string;
                        /** @enum {string} */
                        origin: "file" | "environment" | "built-in" | "database" | "registry";
                        read_only: boolean;
                        settings?: {
                            [key: string]: unknown;
                        };
                        shared: boolean;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at?: string;
                        /** @enum {string} */
                        wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.enable": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        auth: {
                            [key: string]: string | string[];
                        };
                        base_url?: string;
                        enabled: boolean;
                        health: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            at: string;
                            calls: number;
                            circuits_open: number;
                            instance: string;
                            keys: number;
                            keys_resting: number;
                            /** @enum {string} */
                            status: "up" | "down" | "credential_refused" | "unknown";
                            waiting: number;
                        }[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        lease_ends_at?: string;
                        models: string[];
                        name: string;
                        /** @enum {string} */
                        origin: "file" | "environment" | "built-in" | "database" | "registry";
                        read_only: boolean;
                        settings?: {
                            [key: string]: unknown;
                        };
                        shared: boolean;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at?: string;
                        /** @enum {string} */
                        wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.models.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            capabilities?: {
                                audio?: boolean;
                                chat?: boolean;
                                context_window?: number;
                                embeddings?: boolean;
                                image_generation?: boolean;
                                images?: boolean;
                                json_schema?: boolean;
                                max_event_bytes?: number;
                                max_output_tokens?: number;
                                moderation?: boolean;
                                reasoning?: boolean;
                                rerank?: boolean;
                                speech?: boolean;
                                tools?: boolean;
                                transcription?: boolean;
                            };
                            fallbacks?: string[];
                            max_concurrent?: number;
                            max_total_tokens?: number;
                            name: string;
                            /** @enum {string} */
                            origin: "file" | "environment" | "built-in" | "database" | "registry";
                            price?: "free" | {
                                audio_input?: number | string;
                                audio_output?: number | string;
                                cache_write?: number | string;
                                cache_write_1h?: number | string;
                                cached_input?: number | string;
                                image?: number | string;
                                input: number | string;
                                output: number | string;
                                reasoning?: number | string;
                                request?: number | string;
                            };
                            /** Format: date */
                            price_date?: string;
                            provider: string;
                            read_only: boolean;
                            shared: boolean;
                            traits?: {
                                anthropic_betas?: string[];
                                anthropic_version?: string;
                                default_max_tokens?: number;
                                /** @enum {string} */
                                max_tokens_name?: "max_tokens" | "max_completion_tokens";
                                prefill?: boolean;
                                refuses?: string[];
                                replays_reasoning?: boolean;
                                stream_options?: boolean;
                                /** @enum {string} */
                                thinking?: "budget" | "adaptive";
                                /** @enum {string} */
                                tool_call_id?: "nine-alphanumerics";
                            };
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            updated_at?: string;
                            upstream_model?: string;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.models.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    capabilities?: {
                        audio?: boolean;
                        chat?: boolean;
                        context_window?: number;
                        embeddings?: boolean;
                        image_generation?: boolean;
                        images?: boolean;
                        json_schema?: boolean;
                        max_event_bytes?: number;
                        max_output_tokens?: number;
                        moderation?: boolean;
                        reasoning?: boolean;
                        rerank?: boolean;
                        speech?: boolean;
                        tools?: boolean;
                        transcription?: boolean;
                    };
                    fallbacks?: string[];
                    max_concurrent?: number;
                    max_total_tokens?: number;
                    name: string;
                    price?: "free" | {
                        audio_input?: number | string;
                        audio_output?: number | string;
                        cache_write?: number | string;
                        cache_write_1h?: number | string;
                        cached_input?: number | string;
                        image?: number | string;
                        input: number | string;
                        output: number | string;
                        reasoning?: number | string;
                        request?: number | string;
                    };
                    /** Format: date */
                    price_date?: string;
                    traits?: {
                        anthropic_betas?: string[];
                        anthropic_version?: string;
                        default_max_tokens?: number;
                        /** @enum {string} */
                        max_tokens_name?: "max_tokens" | "max_completion_tokens";
                        prefill?: boolean;
                        refuses?: string[];
                        replays_reasoning?: boolean;
                        stream_options?: boolean;
                        /** @enum {string} */
                        thinking?: "budget" | "adaptive";
                        /** @enum {string} */
                        tool_call_id?: "nine-alphanumerics";
                    };
                    upstream_model?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        capabilities?: {
                            audio?: boolean;
                            chat?: boolean;
                            context_window?: number;
                            embeddings?: boolean;
                            image_generation?: boolean;
                            images?: boolean;
                            json_schema?: boolean;
                            max_event_bytes?: number;
                            max_output_tokens?: number;
                            moderation?: boolean;
                            reasoning?: boolean;
                            rerank?: boolean;
                            speech?: boolean;
                            tools?: boolean;
                            transcription?: boolean;
                        };
                        fallbacks?: string[];
                        max_concurrent?: number;
                        max_total_tokens?: number;
                        name: string;
                        /** @enum {string} */
                        origin: "file" | "environment" | "built-in" | "database" | "registry";
                        price?: "free" | {
                            audio_input?: number | string;
                            audio_output?: number | string;
                            cache_write?: number | string;
                            cache_write_1h?: number | string;
                            cached_input?: number | string;
                            image?: number | string;
                            input: number | string;
                            output: number | string;
                            reasoning?: number | string;
                            request?: number | string;
                        };
                        /** Format: date */
                        price_date?: string;
                        provider: string;
                        read_only: boolean;
                        shared: boolean;
                        traits?: {
                            anthropic_betas?: string[];
                            anthropic_version?: string;
                            default_max_tokens?: number;
                            /** @enum {string} */
                            max_tokens_name?: "max_tokens" | "max_completion_tokens";
                            prefill?: boolean;
                            refuses?: string[];
                            replays_reasoning?: boolean;
                            stream_options?: boolean;
                            /** @enum {string} */
                            thinking?: "budget" | "adaptive";
                            /** @enum {string} */
                            tool_call_id?: "nine-alphanumerics";
                        };
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at?: string;
                        upstream_model?: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.models.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.models.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    capabilities?: {
                        audio?: boolean;
                        chat?: boolean;
                        context_window?: number;
                        embeddings?: boolean;
                        image_generation?: boolean;
                        images?: boolean;
                        json_schema?: boolean;
                        max_event_bytes?: number;
                        max_output_tokens?: number;
                        moderation?: boolean;
                        reasoning?: boolean;
                        rerank?: boolean;
                        speech?: boolean;
                        tools?: boolean;
                        transcription?: boolean;
                    } | null;
                    fallbacks?: string[] | null;
                    max_concurrent?: number | null;
                    max_total_tokens?: number | null;
                    price?: ("free" | {
                        audio_input?: number | string;
                        audio_output?: number | string;
                        cache_write?: number | string;
                        cache_write_1h?: number | string;
                        cached_input?: number | string;
                        image?: number | string;
                        input: number | string;
                        output: number | string;
                        reasoning?: number | string;
                        request?: number | string;
                    }) | null;
                    price_date?: string | null;
                    traits?: {
                        anthropic_betas?: string[];
                        anthropic_version?: string;
                        default_max_tokens?: number;
                        /** @enum {string} */
                        max_tokens_name?: "max_tokens" | "max_completion_tokens";
                        prefill?: boolean;
                        refuses?: string[];
                        replays_reasoning?: boolean;
                        stream_options?: boolean;
                        /** @enum {string} */
                        thinking?: "budget" | "adaptive";
                        /** @enum {string} */
                        tool_call_id?: "nine-alphanumerics";
                    } | null;
                    upstream_model?: string | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        capabilities?: {
                            audio?: boolean;
                            chat?: boolean;
                            context_window?: number;
                            embeddings?: boolean;
                            image_generation?: boolean;
                            images?: boolean;
                            json_schema?: boolean;
                            max_event_bytes?: number;
                            max_output_tokens?: number;
                            moderation?: boolean;
                            reasoning?: boolean;
                            rerank?: boolean;
                            speech?: boolean;
                            tools?: boolean;
                            transcription?: boolean;
                        };
                        fallbacks?: string[];
                        max_concurrent?: number;
                        max_total_tokens?: number;
                        name: string;
                        /** @enum {string} */
                        origin: "file" | "environment" | "built-in" | "database" | "registry";
                        price?: "free" | {
                            audio_input?: number | string;
                            audio_output?: number | string;
                            cache_write?: number | string;
                            cache_write_1h?: number | string;
                            cached_input?: number | string;
                            image?: number | string;
                            input: number | string;
                            output: number | string;
                            reasoning?: number | string;
                            request?: number | string;
                        };
                        /** Format: date */
                        price_date?: string;
                        provider: string;
                        read_only: boolean;
                        shared: boolean;
                        traits?: {
                            anthropic_betas?: string[];
                            anthropic_version?: string;
                            default_max_tokens?: number;
                            /** @enum {string} */
                            max_tokens_name?: "max_tokens" | "max_completion_tokens";
                            prefill?: boolean;
                            refuses?: string[];
                            replays_reasoning?: boolean;
                            stream_options?: boolean;
                            /** @enum {string} */
                            thinking?: "budget" | "adaptive";
                            /** @enum {string} */
                            tool_call_id?: "nine-alphanumerics";
                        };
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        updated_at?: string;
                        upstream_model?: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.reset": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @constant */
                        status: "resetting";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "providers.test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        latency_ms: number;
                        ok: boolean;
                        problem: string | null;
                        status: number | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "quota.status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            max: number;
                            /** @enum {string} */
                            metric: "requests" | "tokens" | "cost" | "concurrency";
                            models: string[] | null;
                            name: string;
                            remaining: number;
                            reserved: number;
                            resets_at: string | null;
                            /** @enum {string} */
                            scope: "tenant" | "project" | "user" | "key" | "model";
                            /** @enum {string} */
                            source: "counter" | "ledger" | "none";
                            starts_at: string | null;
                            used: number;
                            window: ("second" | "minute" | "hour" | "day" | "month" | "total") | null;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "registry.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            base_url: string;
                            capacity: number | null;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            lease_ends_at: string;
                            models: string[];
                            name: string;
                            shared: boolean;
                            /** @enum {string} */
                            wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "registry.register": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    also_speaks?: ("openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke")[];
                    /** Format: uri */
                    base_url: string;
                    capacity?: number;
                    /** @default 60 */
                    lease_s?: number;
                    models: {
                        capabilities?: {
                            audio?: boolean;
                            chat?: boolean;
                            context_window?: number;
                            embeddings?: boolean;
                            image_generation?: boolean;
                            images?: boolean;
                            json_schema?: boolean;
                            max_event_bytes?: number;
                            max_output_tokens?: number;
                            moderation?: boolean;
                            reasoning?: boolean;
                            rerank?: boolean;
                            speech?: boolean;
                            tools?: boolean;
                            transcription?: boolean;
                        };
                        max_concurrent?: number;
                        max_total_tokens?: number;
                        name: string;
                        price?: "free" | {
                            audio_input?: number | string;
                            audio_output?: number | string;
                            cache_write?: number | string;
                            cache_write_1h?: number | string;
                            cached_input?: number | string;
                            image?: number | string;
                            input: number | string;
                            output: number | string;
                            reasoning?: number | string;
                            request?: number | string;
                        };
                        /** Format: date */
                        price_date?: string;
                        traits?: {
                            anthropic_betas?: string[];
                            anthropic_version?: string;
                            default_max_tokens?: number;
                            /** @enum {string} */
                            max_tokens_name?: "max_tokens" | "max_completion_tokens";
                            prefill?: boolean;
                            refuses?: string[];
                            replays_reasoning?: boolean;
                            stream_options?: boolean;
                            /** @enum {string} */
                            thinking?: "budget" | "adaptive";
                            /** @enum {string} */
                            tool_call_id?: "nine-alphanumerics";
                        };
                        upstream_model?: string;
                    }[];
                    /** @description For all tenants; default: if the caller may */
                    shared?: boolean;
                    /** @enum {string} */
                    wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        base_url: string;
                        capacity: number | null;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        lease_ends_at: string;
                        models: string[];
                        name: string;
                        shared: boolean;
                        /** @enum {string} */
                        wire: "openai-chat" | "openai-responses" | "openai-completions" | "anthropic-messages" | "gemini" | "ollama" | "bedrock-converse" | "bedrock-invoke";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "registry.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "inference.rerank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            501: components["responses"]["VendorError501"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "inference.responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A model or an alias of GET /v1/models */
                    model: string;
                    /** @description Answer with server-sent events */
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["VendorError400"];
            401: components["responses"]["VendorError401"];
            402: components["responses"]["VendorError402"];
            403: components["responses"]["VendorError403"];
            404: components["responses"]["VendorError404"];
            413: components["responses"]["VendorError413"];
            415: components["responses"]["VendorError415"];
            422: components["responses"]["VendorError422"];
            429: components["responses"]["VendorError429"];
            502: components["responses"]["VendorError502"];
            503: components["responses"]["VendorError503"];
            504: components["responses"]["VendorError504"];
        };
    };
    "responses.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "responses.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "responses.cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "responses.input_items": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "spend.report": {
        parameters: {
            query?: {
                by?: string;
                channel?: string;
                format?: "json" | "csv";
                from?: string;
                group_by?: "hour" | "day" | "month";
                key?: string;
                limit?: number;
                model?: string;
                project?: string;
                provider?: string;
                to?: string;
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        breakdown: {
                            cache_write_tokens: number;
                            cached_input_tokens: number;
                            cancelled: number;
                            cost_nano_usd: number | string;
                            cost_usd: string;
                            error_rate: number;
                            estimated: number;
                            failed: number;
                            group: string | null;
                            groups: {
                                [key: string]: string | null;
                            };
                            input_tokens: number;
                            output_tokens: number;
                            reasoning_tokens: number;
                            requests: number;
                        }[];
                        by: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        from: string;
                        /** @enum {string} */
                        group_by: "hour" | "day" | "month";
                        series: {
                            cache_write_tokens: number;
                            cached_input_tokens: number;
                            cancelled: number;
                            cost_nano_usd: number | string;
                            cost_usd: string;
                            error_rate: number;
                            estimated: number;
                            failed: number;
                            input_tokens: number;
                            output_tokens: number;
                            reasoning_tokens: number;
                            requests: number;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            starts_at: string;
                        }[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        to: string;
                        totals: {
                            cache_write_tokens: number;
                            cached_input_tokens: number;
                            cancelled: number;
                            cost_nano_usd: number | string;
                            cost_usd: string;
                            error_rate: number;
                            estimated: number;
                            failed: number;
                            input_tokens: number;
                            output_tokens: number;
                            reasoning_tokens: number;
                            requests: number;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "usage.stats": {
        parameters: {
            query?: {
                channel?: string;
                from?: string;
                key?: string;
                limit?: number;
                model?: string;
                project?: string;
                provider?: string;
                to?: string;
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        average_duration_ms: number | null;
                        average_first_part_ms: number | null;
                        errors: {
                            code: string;
                            requests: number;
                        }[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        from: string;
                        most_expensive_calls: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            accepted_at: string;
                            cache_write_tokens: number;
                            cached_input_tokens: number;
                            channel: string;
                            cost_nano_usd: number | string;
                            cost_usd: string;
                            duration_ms: number;
                            error_code: string | null;
                            estimated: boolean;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            finished_at: string;
                            first_part_ms: number | null;
                            input_tokens: number;
                            key_id: string;
                            model: string;
                            operation: string;
                            output_tokens: number;
                            price: {
                                audio_input?: string;
                                audio_output?: string;
                                cache_write?: string;
                                cache_write_1h?: string;
                                cached_input?: string;
                                image?: string;
                                input: string;
                                output: string;
                                reasoning?: string;
                                request?: string;
                            } | null;
                            project_id: string;
                            provider: string | null;
                            reasoning_tokens: number;
                            request_id: string;
                            requested_model: string;
                            /** @enum {string} */
                            state: "completed" | "failed" | "cancelled" | "expired";
                            stream: boolean;
                            user_id: string | null;
                        }[];
                        most_expensive_models: {
                            cache_write_tokens: number;
                            cached_input_tokens: number;
                            cancelled: number;
                            cost_nano_usd: number | string;
                            cost_usd: string;
                            error_rate: number;
                            estimated: number;
                            failed: number;
                            group: string | null;
                            input_tokens: number;
                            output_tokens: number;
                            reasoning_tokens: number;
                            requests: number;
                        }[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        to: string;
                        totals: {
                            cache_write_tokens: number;
                            cached_input_tokens: number;
                            cancelled: number;
                            cost_nano_usd: number | string;
                            cost_usd: string;
                            error_rate: number;
                            estimated: number;
                            failed: number;
                            input_tokens: number;
                            output_tokens: number;
                            reasoning_tokens: number;
                            requests: number;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "tenants.list": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            features: string[] | null;
                            id: string;
                            licence_expires_at: string | null;
                            licence_signed: boolean;
                            name: string;
                            /** @enum {string} */
                            status: "active" | "disabled";
                            tier: string;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "tenants.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Flags instead of those of the tier; null = the tier’s */
                    features?: string[] | null;
                    id: string;
                    /** @description From then on the lowest tier counts */
                    licence_expires_at?: (number | string) | null;
                    name?: string;
                    /**
                     * @description Name of a licence tier
                     * @default enterprise
                     */
                    tier?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        features: string[] | null;
                        id: string;
                        key: string;
                        key_id: string;
                        licence_expires_at: string | null;
                        licence_signed: boolean;
                        name: string;
                        /** @enum {string} */
                        status: "active" | "disabled";
                        tier: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "tenants.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        features: string[] | null;
                        id: string;
                        licence_expires_at: string | null;
                        licence_signed: boolean;
                        name: string;
                        /** @enum {string} */
                        status: "active" | "disabled";
                        tier: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "tenants.update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Flags instead of those of the tier; null = the tier’s */
                    features?: string[] | null;
                    /** @description From then on the lowest tier counts */
                    licence_expires_at?: (number | string) | null;
                    name?: string;
                    /** @enum {string} */
                    status?: "active" | "disabled";
                    /** @description Name of a licence tier */
                    tier?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        features: string[] | null;
                        id: string;
                        licence_expires_at: string | null;
                        licence_signed: boolean;
                        name: string;
                        /** @enum {string} */
                        status: "active" | "disabled";
                        tier: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "tokens.list": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
                made_by?: string;
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            budget: {
                                usd: number;
                                /** @enum {string} */
                                window: "day" | "month" | "total";
                            } | null;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            expires_at: string | null;
                            id: string;
                            ip_allow: string[] | null;
                            last_used_at: string | null;
                            limits: {
                                concurrency: number | null;
                                requests_per_minute: number | null;
                                tokens_per_minute: number | null;
                            };
                            made_by: string | null;
                            max_body_bytes: number | null;
                            models: string[] | null;
                            name: string;
                            /** @enum {string} */
                            origin: "api" | "file" | "bootstrap";
                            prefix: string;
                            project: string;
                            revoked_at: string | null;
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            scopes: string[] | null;
                            user: string | null;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "tokens.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    budget?: {
                        usd: number;
                        /** @enum {string} */
                        window: "day" | "month" | "total";
                    } | null;
                    expires_at?: (number | string) | null;
                    /** @description CIDR ranges; null = from anywhere */
                    ip_allow?: string[] | null;
                    limits?: {
                        concurrency?: number | null;
                        requests_per_minute?: number | null;
                        tokens_per_minute?: number | null;
                    } | null;
                    max_body_bytes?: number | null;
                    /** @description Globs; null = all models of the project */
                    models?: string[] | null;
                    name: string;
                    /** @description Default: that of the caller */
                    project?: string;
                    /**
                     * @description Never more than that of the caller; default: user
                     * @enum {string}
                     */
                    role?: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                    /** @description Globs over the paths of routes; null = all that the role may call */
                    scopes?: string[] | null;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        key: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "tokens.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        budget: {
                            usd: number;
                            /** @enum {string} */
                            window: "day" | "month" | "total";
                        } | null;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        expires_at: string | null;
                        id: string;
                        ip_allow: string[] | null;
                        last_used_at: string | null;
                        limits: {
                            concurrency: number | null;
                            requests_per_minute: number | null;
                            tokens_per_minute: number | null;
                        };
                        made_by: string | null;
                        max_body_bytes: number | null;
                        models: string[] | null;
                        name: string;
                        /** @enum {string} */
                        origin: "api" | "file" | "bootstrap";
                        prefix: string;
                        project: string;
                        revoked_at: string | null;
                        /** @enum {string} */
                        role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                        scopes: string[] | null;
                        user: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "tokens.revoke": {
        parameters: {
            query?: {
                with_made?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        made: string[];
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        revoked_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "tokens.update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    budget?: {
                        usd: number;
                        /** @enum {string} */
                        window: "day" | "month" | "total";
                    } | null;
                    expires_at?: (number | string) | null;
                    /** @description CIDR ranges; null = from anywhere */
                    ip_allow?: string[] | null;
                    limits?: {
                        concurrency?: number | null;
                        requests_per_minute?: number | null;
                        tokens_per_minute?: number | null;
                    } | null;
                    max_body_bytes?: number | null;
                    /** @description Globs; null = all models of the project */
                    models?: string[] | null;
                    name?: string;
                    /** @description Globs over the paths of routes; null = all that the role may call */
                    scopes?: string[] | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        budget: {
                            usd: number;
                            /** @enum {string} */
                            window: "day" | "month" | "total";
                        } | null;
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        expires_at: string | null;
                        id: string;
                        ip_allow: string[] | null;
                        last_used_at: string | null;
                        limits: {
                            concurrency: number | null;
                            requests_per_minute: number | null;
                            tokens_per_minute: number | null;
                        };
                        made_by: string | null;
                        max_body_bytes: number | null;
                        models: string[] | null;
                        name: string;
                        /** @enum {string} */
                        origin: "api" | "file" | "bootstrap";
                        prefix: string;
                        project: string;
                        revoked_at: string | null;
                        /** @enum {string} */
                        role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                        scopes: string[] | null;
                        user: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "usage.list": {
        parameters: {
            query?: {
                after?: string;
                channel?: string;
                format?: "json" | "csv";
                from?: string;
                key?: string;
                limit?: number;
                model?: string;
                project?: string;
                provider?: string;
                to?: string;
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            accepted_at: string;
                            cache_write_tokens: number;
                            cached_input_tokens: number;
                            channel: string;
                            cost_nano_usd: number | string;
                            cost_usd: string;
                            duration_ms: number;
                            error_code: string | null;
                            estimated: boolean;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            finished_at: string;
                            first_part_ms: number | null;
                            input_tokens: number;
                            key_id: string;
                            model: string;
                            operation: string;
                            output_tokens: number;
                            price: {
                                audio_input?: string;
                                audio_output?: string;
                                cache_write?: string;
                                cache_write_1h?: string;
                                cached_input?: string;
                                image?: string;
                                input: string;
                                output: string;
                                reasoning?: string;
                                request?: string;
                            } | null;
                            project_id: string;
                            provider: string | null;
                            reasoning_tokens: number;
                            request_id: string;
                            requested_model: string;
                            /** @enum {string} */
                            state: "completed" | "failed" | "cancelled" | "expired";
                            stream: boolean;
                            user_id: string | null;
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "users.list": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string;
                            id: string;
                            last_login_at: string | null;
                            name: string;
                            /** @enum {string} */
                            origin: "local" | "external";
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            /** @enum {string} */
                            status: "active" | "invited" | "disabled";
                            tenant: {
                                id: string;
                                name: string;
                                slug: string;
                            };
                        }[];
                        has_more: boolean;
                        last_id: string | null;
                        /** @constant */
                        object: "list";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "users.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        email: string;
                        id: string;
                        last_login_at: string | null;
                        name: string;
                        /** @enum {string} */
                        origin: "local" | "external";
                        /** @enum {string} */
                        role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                        /** @enum {string} */
                        status: "active" | "invited" | "disabled";
                        tenant: {
                            id: string;
                            name: string;
                            slug: string;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "users.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "users.update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    /** @enum {string} */
                    role?: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                    /** @enum {string} */
                    status?: "active" | "disabled";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        created_at: string;
                        email: string;
                        id: string;
                        last_login_at: string | null;
                        name: string;
                        /** @enum {string} */
                        origin: "local" | "external";
                        /** @enum {string} */
                        role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                        /** @enum {string} */
                        status: "active" | "invited" | "disabled";
                        tenant: {
                            id: string;
                            name: string;
                            slug: string;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "users.erase": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        finished_at: string | null;
                        pseudonym: string;
                        removed: {
                            answers: number;
                            bills_renamed: number;
                            keys: number;
                            responses: number;
                        };
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        requested_at: string;
                        /** @enum {string} */
                        state: "requested" | "done";
                        user_id: string;
                        waits_for: "lake" | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "users.erasure": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        finished_at: string | null;
                        pseudonym: string;
                        removed: {
                            answers: number;
                            bills_renamed: number;
                            keys: number;
                            responses: number;
                        };
                        /**
                         * Format: date-time
                         * @description RFC 3339, UTC
                         */
                        requested_at: string;
                        /** @enum {string} */
                        state: "requested" | "done";
                        user_id: string;
                        waits_for: "lake" | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
    "users.export": {
        parameters: {
            query?: {
                after?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            email: string;
                            id: string;
                            last_login_at: string | null;
                            name: string;
                            /** @enum {string} */
                            origin: "local" | "external";
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            /** @enum {string} */
                            status: "active" | "invited" | "disabled";
                            tenant: {
                                id: string;
                                name: string;
                                slug: string;
                            };
                        } | null;
                        calls: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            accepted_at: string;
                            answer: string | null;
                            cost_nano_usd: number;
                            id: string;
                            input_tokens: number;
                            model: string;
                            output_tokens: number;
                            state: string;
                        }[];
                        has_more: boolean;
                        keys: {
                            budget: {
                                usd: number;
                                /** @enum {string} */
                                window: "day" | "month" | "total";
                            } | null;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            expires_at: string | null;
                            id: string;
                            ip_allow: string[] | null;
                            last_used_at: string | null;
                            limits: {
                                concurrency: number | null;
                                requests_per_minute: number | null;
                                tokens_per_minute: number | null;
                            };
                            made_by: string | null;
                            max_body_bytes: number | null;
                            models: string[] | null;
                            name: string;
                            /** @enum {string} */
                            origin: "api" | "file" | "bootstrap";
                            prefix: string;
                            project: string;
                            revoked_at: string | null;
                            /** @enum {string} */
                            role: "owner" | "admin" | "project_admin" | "user" | "viewer" | "operator";
                            scopes: string[] | null;
                            user: string | null;
                        }[];
                        last_id: string | null;
                        responses: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            created_at: string;
                            id: string;
                            input: string;
                            model: string;
                            response: string | null;
                        }[];
                        turns: {
                            content: string;
                            id: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC
                             */
                            occurred_at: string;
                            role: string;
                            session_id: string;
                        }[];
                        turns_elsewhere: boolean | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
            503: components["responses"]["Error503"];
        };
    };
}
