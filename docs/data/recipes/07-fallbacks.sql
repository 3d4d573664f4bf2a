-- Calls that the first choice did not answer: who was to, and who did.
WITH decided AS (
  SELECT json_extract_string(targets, '$[0].model') AS first_choice, model AS answered, attempts
  FROM gateway.decisions_once
  WHERE day BETWEEN DATE '2026-01-01' AND DATE '2026-01-31'
)
SELECT first_choice, answered, count(*) AS calls, avg(attempts) AS attempts
FROM decided
WHERE answered <> first_choice
GROUP BY first_choice, answered
ORDER BY calls DESC, first_choice;
