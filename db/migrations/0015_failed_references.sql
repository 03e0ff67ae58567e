-- What runs that were removed had failed at: new documents that a connector is asked for leave it, as they do
-- while the run is there. A run that a person starts takes it.
alter table published_reference add column failed boolean not null default false;
