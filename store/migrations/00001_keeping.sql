-- +goose Up

-- The cabinet's pool takes this role: row-level security is the second lock between companies, behind the company in
-- every query. On an external server whose user may not create roles a person makes it first and grants it to the user.
-- +goose StatementBegin
do $$
begin
  if not exists (select from pg_roles where rolname = 'roadline_cabinet') then
    create role roadline_cabinet nologin;
  end if;
  if not pg_has_role(current_user, 'roadline_cabinet', 'member') then
    execute format('grant roadline_cabinet to %I', current_user);
  end if;
exception when duplicate_object or unique_violation then null; -- another node was quicker
end $$;
-- +goose StatementEnd

-- A company. What it is set to is its newest version; here stands what must be joined, locked or unique.
create table company (
  id         text collate "C" primary key check (id <> ''),
  realm      text not null unique,             -- of its SIP accounts, for ever
  name       text not null,
  generation bigint not null,                  -- of the newest version
  changed    bigint not null,                  -- counts versions and secrets: what a directory compares
  created    timestamptz not null
);

create table company_version (
  company    text collate "C" not null references company (id),
  generation bigint not null,
  document   text not null,
  author     text not null,
  reason     text not null,
  at         timestamptz not null,
  primary key (company, generation)
);

-- Numbers by the trunk that brings them; a number on a SIM has no trunk.
create table number (
  company text collate "C" not null references company (id),
  trunk   text not null,
  e164    text not null,
  sim     text not null,
  primary key (company, trunk, e164),
  constraint number_taken unique (trunk, e164)
);

create table employee (
  company   text collate "C" not null references company (id),
  id        text not null,
  name      text not null,
  extension text not null,
  active    boolean not null,                  -- false: gone from the document, kept for the names in old records
  primary key (company, id)
);

create table account (
  company    text collate "C" not null references company (id),
  name       text not null,
  employee   text not null,
  device     text not null,
  ha1_sha256 text,                             -- hex of H(name:realm:password); null: no secret, or switched off
  ha1_md5    text,
  secret_at  timestamptz,
  primary key (company, name),
  constraint account_taken unique (name),
  foreign key (company, employee) references employee (company, id)
);

-- What the drain took from the journals. json, not jsonb: the bytes as they were written. boot is a UUIDv7 and so a
-- time: with it in the key the table can be cut into partitions by age.
create table fact (
  node    text not null,
  boot    uuid not null,
  seq     bigint not null,
  ord     bigint generated always as identity, -- the order of the drain
  company text collate "C" not null,
  call    text collate "C" not null,
  at      bigint not null,                     -- ns since the call began
  kind    text not null,
  body    json not null,                       -- the whole fact
  primary key (node, boot, seq)
);
create index fact_call on fact (company, call, ord);

create table cursor (
  node text not null,
  boot uuid not null,
  seq  bigint not null,                        -- everything up to it is here
  primary key (node, boot)
);

create table quarantine (
  id      bigint generated always as identity primary key,
  node    text not null,
  boot    uuid not null,
  seq     bigint not null,
  to_seq  bigint not null,
  company text collate "C" not null,           -- empty: not known
  call    text collate "C" not null,           -- empty: not known
  kind    text not null check (kind in ('entry', 'hole', 'record')),
  reason  text not null,
  body    bytea not null,
  at      timestamptz not null
);
create unique index quarantine_record on quarantine (company, call) where kind = 'record';
create unique index quarantine_entry on quarantine (node, boot, seq) where kind <> 'record';

-- Call records, folded from facts. interval is for sums; the record itself holds ns.
create table call_record (
  company     text collate "C" not null references company (id),
  id          text collate "C" not null,
  began       timestamptz not null,
  direction   text not null,
  status      text not null,
  client      text not null,
  shown       text not null,
  number      text not null,
  trunk       text not null,
  account     text not null,
  employee    text not null,
  grp         text not null,
  answered    interval,
  talked      interval not null,
  ended       interval,
  cause       text not null,
  recording   text not null,
  merged_into text collate "C",
  interrupted boolean not null,
  generation  bigint not null,
  record      json not null,
  primary key (company, id)
);
create index call_record_began on call_record (company, began desc);
create index call_record_client on call_record (company, client, began desc);
create index call_record_employee on call_record (company, employee, began desc);

create table call_leg (
  company  text collate "C" not null,
  call     text collate "C" not null,
  leg      text collate "C" not null,
  role     text not null,
  offered  boolean not null,
  employee text not null,
  grp      text not null,
  device   text not null,
  number   text not null,
  line     text not null,
  shown    text not null,
  began    interval not null,
  alerting interval,
  up       interval,
  gone     interval,
  cause    text not null,
  q850     int not null,
  primary key (company, call, leg),
  foreign key (company, call) references call_record (company, id) on delete cascade
);

-- Every plan of a call with the answers it was decided on.
create table call_plan (
  company    text collate "C" not null,
  call       text collate "C" not null,
  n          int not null,                     -- in the call's order, from 0
  thread     int not null,
  generation bigint not null,
  at         timestamptz not null,             -- the wall clock it was decided for
  request    json not null,
  plan       json not null,
  primary key (company, call, n),
  foreign key (company, call) references call_record (company, id) on delete cascade
);

create table registration (
  company text collate "C" not null references company (id),
  account text not null,
  key     text not null,
  node    text not null,
  expires timestamptz not null,
  body    json not null,
  primary key (company, account, key)
);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['company', 'company_version', 'number', 'employee', 'account', 'fact', 'quarantine',
                           'call_record', 'call_leg', 'call_plan', 'registration'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (%s = current_setting(''app.company'', true)) '
                   'with check (%2$s = current_setting(''app.company'', true))', t,
                   case t when 'company' then 'id' else 'company' end);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update on company to roadline_cabinet;
grant select, insert on company_version to roadline_cabinet;
grant select, insert, update, delete on number, employee to roadline_cabinet;
grant select (company, name, employee, device, secret_at) on account to roadline_cabinet;
grant insert (company, name, employee, device) on account to roadline_cabinet;
grant update (employee, device, ha1_sha256, ha1_md5, secret_at), delete on account to roadline_cabinet;
grant select on fact, quarantine, call_record, call_leg, call_plan, registration to roadline_cabinet;

-- +goose Down
drop table registration, call_plan, call_leg, call_record, quarantine, cursor, fact, account, employee, number,
  company_version, company;
