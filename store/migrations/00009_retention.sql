-- +goose Up

-- What lies on disk of the sound of calls, and what became of it. The row of a recording that was deleted is its
-- tombstone: it is written before the first file is removed, so that a kill in between leaves no file without one.
create table recording (
  company  text collate "C" not null,
  call     text collate "C" not null,
  at       timestamptz not null,               -- when the call began
  grp      text not null,                      -- of the call: by it a rule names how long it is kept
  bytes    bigint not null,                    -- of all its files
  files    text[] not null,                    -- within the recordings' folder, the stereo file first
  held     timestamptz,                        -- since when it may not be deleted; null: it may
  held_by  text not null default '',
  held_why text not null default '',
  gone     timestamptz,                        -- since when nobody may hear it; null: it is kept
  gone_by  text not null default '',           -- a person; empty: a rule
  gone_why text not null default '',           -- the rule, or the person's reason
  removed  timestamptz,                        -- when its files were off the disk
  lost     timestamptz,                        -- when its files were found to be missing
  primary key (company, call),
  foreign key (company, call) references call_record (company, id) on delete cascade,
  check (held is null or gone is null)
);
create index recording_kept on recording (company, at) where gone is null;
create index recording_leaving on recording (company, call) where gone is not null and removed is null;
create index recording_gone on recording (company, gone desc, call desc) where gone is not null;
create index recording_held on recording (company, held desc, call desc) where held is not null;

insert into recording (company, call, at, grp, bytes, files)
select company, id, began, grp,
  (record #>> '{recording,kept,bytes}')::bigint + coalesce((select sum((t ->> 'bytes')::bigint) from json_array_elements(record #> '{recording,kept,tracks}') t), 0),
  array[record #>> '{recording,kept,file}'] || array(select t ->> 'file' from json_array_elements(record #> '{recording,kept,tracks}') t)
from call_record where record #>> '{recording,kept,file}' is not null;

-- Conditions that somebody should see to, from when they were noticed until they were over.
create table alarm (
  company text collate "C" not null references company (id),
  id      bigint generated always as identity,
  kind    text not null,
  about   text not null,                       -- which of several: a line, a trunk; empty: there is one only
  facts   jsonb not null,                      -- what its words need
  raised  timestamptz not null,
  cleared timestamptz,
  seen    timestamptz,                         -- somebody sees to it
  seen_by text not null default '',
  muted   timestamptz,                         -- until when nobody is reminded
  primary key (company, id)
);
create unique index alarm_open on alarm (company, kind, about) where cleared is null;

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['recording', 'alarm'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (company = current_setting(''app.company'', true)) '
                   'with check (company = current_setting(''app.company'', true))', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select on recording, alarm to roadline_cabinet;
grant update (held, held_by, held_why, gone, gone_by, gone_why) on recording to roadline_cabinet;
grant update (seen, seen_by, muted) on alarm to roadline_cabinet;

-- +goose Down
drop table alarm, recording;
