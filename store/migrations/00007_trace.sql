-- +goose Up

-- What passed on the wires of calls, in parts as it was written. It has no foreign keys: it is written beside the facts,
-- perhaps before them, and goes after its own time.
create table call_trace (
  company text collate "C" not null,
  call    text collate "C" not null,
  n       int not null,                        -- the part's place in its call, from 0
  at      timestamptz not null,                -- when it was written
  lines   bytea not null,                      -- JSON lines, deflated
  primary key (company, call, n)
);
create index call_trace_at on call_trace (at);

-- +goose StatementBegin
do $$
begin
  alter table call_trace enable row level security;
  alter table call_trace force row level security;
  execute format('create policy node on call_trace to %I using (true) with check (true)', current_user);
  create policy tenant on call_trace to roadline_cabinet using (company = current_setting('app.company', true))
    with check (company = current_setting('app.company', true));
end $$;
-- +goose StatementEnd

grant select on call_trace to roadline_cabinet;

-- +goose Down
drop table call_trace;
