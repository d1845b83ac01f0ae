-- +goose Up

-- How people wish to be rung, as they set it last: FLOWS E3. Calls ask the node's memory; this is what outlives its disk.
create table mode (
  company  text collate "C" not null references company (id),
  employee text not null,
  kind     text not null check (kind in ('on', 'mobile', 'dnd')),
  until    timestamptz,                        -- null: until they say otherwise
  at       timestamptz not null,               -- when it was set
  author   text not null,
  primary key (company, employee)
);

alter table mode enable row level security;
alter table mode force row level security;

-- +goose StatementBegin
do $$
begin
  execute format('create policy node on mode to %I using (true) with check (true)', current_user);
end $$;
-- +goose StatementEnd

create policy tenant on mode to roadline_cabinet using (company = current_setting('app.company', true));
grant select on mode to roadline_cabinet;

-- +goose Down
drop table mode;
