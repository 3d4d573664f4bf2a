import { defineErrors } from '@sluice/kernel/errors'

export const accountErrors = defineErrors({
  /** Says the same for every reason there is, on purpose: `slug` is named, since without it an address in two tenants is not one account. */
  invalid_credentials: {
    status: 401,
    retryable: false,
    title:
      'E-mail address and password do not fit. Give "slug" as well when the address has accounts in several companies.',
  },
  invalid_session: { status: 401, retryable: false, title: 'The session has ended: sign in again' },
  invalid_token: { status: 400, retryable: false, title: 'The link is not valid any more' },
  weak_password: { status: 400, retryable: false, title: 'The password is not good enough' },
  invalid_passkey: { status: 400, retryable: false, title: 'The passkey could not be verified' },
  invalid_state: {
    status: 400,
    retryable: false,
    title: 'This sign-in was not begun in this browser, or took too long: begin again',
  },
  sign_in_refused: { status: 400, retryable: false, title: 'The provider did not sign you in' },
  invalid_return: {
    status: 400,
    retryable: false,
    title: 'return_to must be a path of the gateway itself',
  },
  registration_disabled: { status: 403, retryable: false, title: 'Registration is switched off' },
  accounts_disabled: {
    status: 403,
    retryable: false,
    title: 'This gateway has no accounts: USER_AUTH_ENABLED is off',
  },
  tenant_disabled: {
    status: 403,
    retryable: false,
    title: 'This company has not been enabled yet, or not any more',
  },
  csrf_failed: {
    status: 403,
    retryable: false,
    title: 'A call that is authenticated by cookie must come from the gateway’s own pages',
  },
  role_not_allowed: {
    status: 403,
    retryable: false,
    title: 'Nobody may change who stands above them, or raise anybody above themselves',
  },
  not_a_user: { status: 403, retryable: false, title: 'This takes a signed-in person, not a key' },
  user_not_found: { status: 404, retryable: false, title: 'There is no such user' },
  passkey_not_found: { status: 404, retryable: false, title: 'There is no such passkey' },
  provider_not_found: { status: 404, retryable: false, title: 'There is no such sign-in provider' },
  slug_taken: { status: 409, retryable: false, title: 'A company of this slug is there already' },
  account_exists: {
    status: 409,
    retryable: false,
    title: 'This company has a user with this e-mail address already',
  },
  last_owner: { status: 409, retryable: false, title: 'The last owner of a company has to stay' },
  too_many_attempts: {
    status: 429,
    retryable: true,
    title: 'Too many attempts: wait before the next one',
  },
  provider_unavailable: {
    status: 503,
    retryable: true,
    title: 'The sign-in provider cannot be reached at the moment',
  },
  /** A link that leads nowhere, or to another machine, is worse than none. */
  public_url_missing: {
    status: 503,
    retryable: false,
    title: 'The gateway does not know the address that people reach it at: PUBLIC_URL is not set',
  },
  sign_in_busy: { status: 503, retryable: true, title: 'Too many people sign in at the moment' },
})
