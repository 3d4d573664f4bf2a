-- Models that were passed over, and what they lacked: what to add to a catalogue.
WITH passed AS (
  SELECT unnest(from_json(skipped, '[{"model":"VARCHAR","lacks":["VARCHAR"]}]')) AS one
  FROM gateway.decisions_once
  WHERE day BETWEEN DATE '2026-01-01' AND DATE '2026-01-31'
), reasons AS (
  SELECT one.model AS model, unnest(one.lacks) AS lacks FROM passed
)
SELECT model, lacks, count(*) AS calls
FROM reasons
GROUP BY model, lacks
ORDER BY calls DESC, model, lacks;
