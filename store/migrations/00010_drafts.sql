-- +goose Up

-- What people of the company are about to change in its document: of each person one draft at most.
create table draft (
  company  text collate "C" not null references company (id),
  author   text not null,                      -- an employee
  base     bigint not null,                    -- the generation it was made from
  edition  bigint not null,                    -- counts its changes: two windows of one person cannot overwrite each other
  document text not null,
  at       timestamptz not null,               -- when it was changed last
  primary key (company, author),
  foreign key (company, author) references employee (company, id)
);

-- How the company's own tests came out when a version was applied; both 0: there were none, or nobody counted.
alter table company_version
  add column passed int not null default 0,
  add column failed int not null default 0;

-- +goose StatementBegin
do $$
begin
  execute 'alter table draft enable row level security';
  execute 'alter table draft force row level security';
  execute format('create policy node on draft to %I using (true) with check (true)', current_user);
  execute 'create policy tenant on draft to roadline_cabinet using (company = current_setting(''app.company'', true)) '
          'with check (company = current_setting(''app.company'', true))';
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on draft to roadline_cabinet;

-- +goose Down
alter table company_version drop column passed, drop column failed;
drop table draft;
