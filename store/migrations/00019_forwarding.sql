-- +goose Up

-- By which number, such as a SIM's, a call was diverted to us.
alter table call_record add column diverted text not null default '';
create index call_record_diverted on call_record (company, diverted, began) where diverted <> '';

-- Where the network of a card took the calls that the card could not, each time that somebody looked.
create table sim_forwarding (
  company    text collate "C" not null references company (id),
  n          bigint generated always as identity,
  sim        text collate "C" not null,
  at         timestamptz not null,
  state      text collate "C" not null,       -- right, set, refused, ignored, unheard, cannot
  seen       jsonb not null,                  -- fmc.ForwardingSeen
  primary key (company, n)
);
create index sim_forwarding_at on sim_forwarding (company, sim, at desc, n desc);

alter table sim_forwarding enable row level security;
alter table sim_forwarding force row level security;
-- +goose StatementBegin
do $$
begin
  execute format('create policy node on sim_forwarding to %I using (true) with check (true)', current_user);
end $$;
-- +goose StatementEnd
create policy tenant on sim_forwarding to roadline_cabinet using (company = current_setting('app.company', true))
  with check (company = current_setting('app.company', true));
grant select on sim_forwarding to roadline_cabinet;

-- +goose Down
drop table sim_forwarding;
drop index call_record_diverted;
alter table call_record drop column diverted;
