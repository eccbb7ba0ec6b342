-- What persons are called in the file, where their key does not say it.
-- Grain: person_key. Source: incoming_texts.
select person_key, any_value(person_text) as person_text
from incoming_texts
group by person_key
