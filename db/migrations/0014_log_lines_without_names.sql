-- What a line says to those who may not read names of secrets; null when it names none.
alter table run_log add column message_without_names text;

-- Lines that quote a failure did not say of what kind. This writes each of them once more: with many millions
-- of failed documents it takes minutes, and the planes are stopped meanwhile.
update run_log set message_without_names =
  case when message like 'The run failed: %' then substring(message from '^The run failed: [^.]*\.')
    else 'A document failed. Ask an editor, admin or owner of the organization: they see why.' end
where level <> 'info' and (message ~ '^The run failed: [^.]*\.' or (item_id is not null and message not like 'Left out: %'));
