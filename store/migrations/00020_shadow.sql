-- +goose Up

-- Calls and texts by which a company's own cards try each other. They are no calls of anybody: no statistics have them.
create table shadow (
  company  text collate "C" not null references company (id),
  id       text collate "C" not null,
  at       timestamptz not null,
  sim_from text collate "C" not null,
  sim_to   text collate "C" not null,
  called   text not null default '',           -- E.164, empty: it was not called
  talk     interval,                           -- that the tariff of sim_from counts; null: it was not answered
  began    jsonb not null,                     -- the fact of its beginning
  ended    jsonb,                              -- of its end; null: it goes on, or was cut
  primary key (company, id)
);
create index shadow_at on shadow (company, at desc);

-- The texts among them, which are shown on demand only.
alter table message add column shadow boolean not null default false;

-- +goose StatementBegin
do $$
begin
  alter table shadow enable row level security;
  alter table shadow force row level security;
  execute format('create policy node on shadow to %I using (true) with check (true)', current_user);
  create policy tenant on shadow to roadline_cabinet using (company = current_setting('app.company', true)) with check (company = current_setting('app.company', true));
  grant select on shadow to roadline_cabinet;
end $$;
-- +goose StatementEnd

-- +goose Down
alter table message drop column shadow;
drop table shadow;
