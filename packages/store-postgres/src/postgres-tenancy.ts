import type { Group, Page, Standing, Tenancy, Tier } from '@sluice/store/tenancy'
import {
  budgetTable,
  groupTable,
  licenceTable,
  policyTable,
  projectTable,
  tenantTable,
  tierTable,
} from './auth-tables.ts'
import type { Database } from './database.ts'
import type { IdentityChanges } from './identity-changes.ts'
import { PostgresCollection } from './postgres-collection.ts'
import type { JsonRow } from './table.ts'

type Json = Readonly<Record<string, unknown>>

export class PostgresTenancy implements Tenancy {
  readonly tenants: PostgresCollection<Standing['tenant']>
  readonly projects: PostgresCollection<NonNullable<Standing['project']>>
  readonly groups: PostgresCollection<Group>
  readonly policies: PostgresCollection<Standing['policies'][number]>
  readonly budgets: PostgresCollection<Standing['budgets'][number]>
  readonly licences: PostgresCollection<NonNullable<Standing['licence']>>
  /** For other stores of the same identity: there is one revision, and one outbox. */
  readonly changes: IdentityChanges
  protected readonly database: Database

  constructor(changes: IdentityChanges) {
    this.changes = changes
    this.database = changes.database
    this.tenants = new PostgresCollection(changes, tenantTable, { entity: 'tenant' })
    this.projects = new PostgresCollection(changes, projectTable, {
      entity: 'project',
      live: 'disabled_at IS NULL',
    })
    this.groups = new PostgresCollection(changes, groupTable, { entity: 'group' })
    this.policies = new PostgresCollection(changes, policyTable, { entity: 'policy' })
    this.budgets = new PostgresCollection(changes, budgetTable, { entity: 'budget' })
    this.licences = new PostgresCollection(changes, licenceTable, { entity: 'licence' })
  }

  async listTiers(): Promise<readonly Tier[]> {
    const { rows } = await this.database.query<JsonRow>(
      'SELECT row_to_json(t)::text AS row FROM auth.tiers t ORDER BY rank',
      [],
      { service: 'auth' },
    )
    return rows.map((row) => tierTable.parse(row))
  }

  async saveTier(tier: Tier, at: number): Promise<number> {
    const { members } = tierTable
    const columns = tierTable.columns(members)
    return this.changes.make(
      async (transaction, tell) => {
        const { rows } = await transaction.query<{ is_new: boolean }>(
          `INSERT INTO auth.tiers (${columns}) VALUES (${tierTable.places(members)})
           ON CONFLICT (name) DO UPDATE SET (${columns}) = ROW (${members.map((member) => `excluded.${tierTable.column(member)}`).join(', ')})
           RETURNING xmax = 0 AS is_new`,
          tierTable.values(members, tier),
        )
        const change = rows[0]?.is_new ? 'created' : 'changed'
        return tell({ entity: 'tier', id: tier.name, tenantId: null, change, at })
      },
      { service: 'auth' },
    )
  }

  async addMember(tenantId: string, groupId: string, userId: string, at: number): Promise<boolean> {
    return this.#changeMembers(
      `INSERT INTO auth.group_members (tenant_id, group_id, user_id)
       SELECT tenant_id, id, $3::text FROM auth.groups WHERE tenant_id = $1 AND id = $2 ON CONFLICT DO NOTHING`,
      [tenantId, groupId, userId],
      { change: 'created', at },
    )
  }

  async removeMember(
    tenantId: string,
    groupId: string,
    userId: string,
    at: number,
  ): Promise<boolean> {
    return this.#changeMembers(
      'DELETE FROM auth.group_members WHERE tenant_id = $1 AND group_id = $2 AND user_id = $3',
      [tenantId, groupId, userId],
      { change: 'deleted', at },
    )
  }

  async listMembers(
    tenantId: string,
    groupId: string,
    { limit, after }: Page,
  ): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ user_id: string }>(
      `SELECT user_id FROM auth.group_members WHERE tenant_id = $1 AND group_id = $2 AND ($3::text IS NULL OR user_id COLLATE "C" > $3)
       ORDER BY user_id COLLATE "C" LIMIT $4::bigint`,
      [tenantId, groupId, after, limit],
      { tenant: tenantId },
    )
    return rows.map(({ user_id }) => user_id)
  }

  async groupsOf(tenantId: string, userId: string): Promise<readonly Group[]> {
    const { rows } = await this.database.query<JsonRow>(
      `SELECT row_to_json(g)::text AS row FROM auth.groups g
       JOIN auth.group_members m ON m.tenant_id = g.tenant_id AND m.group_id = g.id
       WHERE m.tenant_id = $1 AND m.user_id = $2 ORDER BY g.id`,
      [tenantId, userId],
      { tenant: tenantId },
    )
    return rows.map((row) => groupTable.parse(row))
  }

  async #changeMembers(
    statement: string,
    place: readonly [tenantId: string, groupId: string, userId: string],
    { change, at }: { readonly change: 'created' | 'deleted'; readonly at: number },
  ): Promise<boolean> {
    const [tenantId, groupId, userId] = place
    return this.changes.make(
      async (transaction, tell) => {
        const { count } = await transaction.query(statement, place)
        const id = `${groupId}/${userId}`
        if (count > 0) await tell({ entity: 'membership', id, tenantId, change, at })
        return count > 0
      },
      { tenant: tenantId },
    )
  }
}

/**
 * In one question: tenant $1, project $2, user $3, key $4. Every part is found by an index, the rules of the tenant and the tiers are all read. Recursion
 * ends: a key is made with one that was there before.
 */
export const readStanding = `
  SELECT json_build_object(
    'tenant', (SELECT row_to_json(t) FROM auth.tenants t WHERE id = $1),
    'project', (SELECT row_to_json(p) FROM auth.projects p WHERE tenant_id = $1 AND id = $2),
    'tiers', (SELECT json_agg(t ORDER BY rank) FROM auth.tiers t),
    'policies', (SELECT json_agg(p ORDER BY id) FROM auth.policies p WHERE tenant_id = $1),
    'budgets', (SELECT json_agg(b ORDER BY id) FROM auth.budgets b WHERE tenant_id = $1),
    'licence', (SELECT row_to_json(l) FROM auth.user_licenses l WHERE tenant_id = $1 AND user_id = $3),
    'groups', (SELECT json_agg(g ORDER BY g.id) FROM auth.groups g
      JOIN auth.group_members m ON m.tenant_id = g.tenant_id AND m.group_id = g.id WHERE m.tenant_id = $1 AND m.user_id = $3),
    'makers', (
      WITH RECURSIVE line (id, name, limits, made_by, distance) AS (
        SELECT m.id, m.name, m.policy -> 'limits', m.made_by, 1 FROM auth.keys k JOIN auth.keys m ON m.id = k.made_by WHERE k.id = $4 AND k.tenant_id = $1
        UNION ALL
        SELECT m.id, m.name, m.policy -> 'limits', m.made_by, distance + 1 FROM line l JOIN auth.keys m ON m.id = l.made_by
      )
      SELECT json_agg(json_build_object('keyId', id, 'keyName', name, 'limits', limits) ORDER BY distance) FROM line),
    'families', (
      WITH RECURSIVE line (id, limits, made_by) AS (
        SELECT id, policy -> 'limits', made_by FROM auth.keys WHERE id = $4 AND tenant_id = $1
        UNION ALL
        SELECT m.id, m.policy -> 'limits', m.made_by FROM line l JOIN auth.keys m ON m.id = l.made_by
      ), family (head, id) AS (
        SELECT id, id FROM line WHERE jsonb_typeof(limits -> 'budget') = 'object'
        UNION ALL
        SELECT f.head, k.id FROM family f JOIN auth.keys k ON k.tenant_id = $1 AND k.made_by = f.id
      )
      SELECT json_object_agg(head, ids) FROM (SELECT head, json_agg(id ORDER BY id COLLATE "C") AS ids FROM family GROUP BY head) AS each)
  )::text AS row`

export function toStanding({ row }: JsonRow): Standing | null {
  const found = JSON.parse(row) as Readonly<Record<string, Json & readonly Json[]>>
  const { tenant, project, licence } = found
  if (!tenant) return null
  const all = (part: string) => found[part] ?? []
  return {
    tenant: tenantTable.fromJson(tenant),
    project: project ? projectTable.fromJson(project) : null,
    tiers: all('tiers').map((tier) => tierTable.fromJson(tier)),
    policies: all('policies').map((policy) => policyTable.fromJson(policy)),
    budgets: all('budgets').map((budget) => budgetTable.fromJson(budget)),
    licence: licence ? licenceTable.fromJson(licence) : null,
    groups: all('groups').map((group) => groupTable.fromJson(group)),
    families: (found['families'] ?? {}) as unknown as Standing['families'],
    makers: all('makers').map(
      ({ keyId, keyName, limits }) =>
        ({ keyId, keyName, ...(limits as object) }) as Standing['makers'][number],
    ),
  }
}
