-- What every tenant has spent, over the table `usage`: the same question that the other two ask the topic.
-- python3 docs/data/query.py --lake LAKE_DIR --json examples/consumers/sql/spend_per_tenant.sql
SELECT tenant_id, count(*) AS calls,
       format('{}.{:09d}', (sum(amount_nano_usd) // 1000000000)::BIGINT, (sum(amount_nano_usd) % 1000000000)::BIGINT) AS usd
FROM gateway.usage_once
GROUP BY tenant_id
ORDER BY tenant_id;
