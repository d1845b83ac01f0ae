-- +goose Up

-- What is kept of the PINs by which people prove from outside that it is they.
create table pin (
  company  text collate "C" not null references company (id),
  employee text not null,
  hash     text not null,                      -- argon2id, as a PHC string
  at       timestamptz not null,
  primary key (company, employee),
  foreign key (company, employee) references employee (company, id)
);

alter table call_record
  add column private boolean not null default false, -- N24: of a person alone, which nobody else sees
  add column through boolean not null default false; -- a person who was known from outside called a client by it
create index call_record_through on call_record (company, employee) where through;

-- What somebody of the company should look at. n is the alert's place in its call, from 0.
create table alert (
  company  text collate "C" not null,
  call     text collate "C" not null,
  n        int not null,
  at       timestamptz not null,
  kind     text not null,
  employee text not null,                      -- whom it is about; empty: nobody of the company
  about    text not null,                      -- a number
  body     text not null,                      -- a sentence
  told     boolean not null,                   -- the person is told too
  primary key (company, call, n),
  foreign key (company, call) references call_record (company, id) on delete cascade
);
create index alert_at on alert (company, at desc, call desc, n desc);

-- Messages that were left: where the sound stands in the recording of their call. n is the message's place in its call.
create table voicemail (
  company  text collate "C" not null,
  call     text collate "C" not null,
  n        int not null,
  at       timestamptz not null,               -- when it was left
  grp      text not null,
  employee text not null,                      -- for whom; empty: for the group
  client   text not null,                      -- E.164 of who left it; empty: hidden
  from_ms  bigint not null,                    -- since the call began
  to_ms    bigint not null,
  heard    timestamptz,
  heard_by text not null default '',
  primary key (company, call, n),
  constraint voicemail_from unique (company, call, from_ms),
  foreign key (company, call) references call_record (company, id) on delete cascade
);
create index voicemail_at on voicemail (company, at desc, call desc, n desc);
create index voicemail_new on voicemail (company, employee, at) where heard is null;

-- Prompts that people of the company said by phone: the newest of each, and where it stands in the recording of its call.
create table recorded_prompt (
  company  text collate "C" not null,
  prompt   text collate "C" not null,
  at       timestamptz not null,
  call     text collate "C" not null,
  employee text not null,                      -- who said it
  from_ms  bigint not null,                    -- since the call began
  to_ms    bigint not null,
  primary key (company, prompt),
  foreign key (company, call) references call_record (company, id) on delete cascade
);

-- N21: clients that somebody should call back. Of a client one is open at most; of a hidden caller one for each call.
create table missed (
  company  text collate "C" not null references company (id),
  id       text collate "C" not null,          -- the call that opened it
  client   text not null,                      -- E.164; empty: hidden
  grp      text not null,
  owner    text not null,                      -- an employee; empty: the group, or nobody yet
  first    timestamptz not null,
  last     timestamptz not null,
  due      timestamptz not null,
  state    text not null check (state in ('open', 'done', 'closed')), -- done: somebody talked with the client; closed: by hand
  ended    timestamptz,
  ended_by text not null default '',
  why      text not null default '',
  primary key (company, id)
);
create unique index missed_open on missed (company, client) where state = 'open' and client <> '';
create index missed_first on missed (company, first desc, id desc);

create table missed_call (
  company text collate "C" not null,
  call    text collate "C" not null,
  task    text collate "C" not null,
  at      timestamptz not null,                -- when the client was lost
  status  text not null,
  primary key (company, call),
  foreign key (company, call) references call_record (company, id) on delete cascade,
  foreign key (company, task) references missed (company, id) on delete cascade
);
create index missed_call_task on missed_call (company, task, at);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['pin', 'alert', 'voicemail', 'recorded_prompt', 'missed', 'missed_call'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (company = current_setting(''app.company'', true)) '
                   'with check (company = current_setting(''app.company'', true))', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select (company, employee, at), insert, delete on pin to roadline_cabinet;
grant update (hash, at) on pin to roadline_cabinet;
grant select on alert, recorded_prompt, missed_call to roadline_cabinet;
grant select on voicemail, missed to roadline_cabinet;
grant update (heard, heard_by) on voicemail to roadline_cabinet;
grant update (owner, state, ended, ended_by, why) on missed to roadline_cabinet;

-- +goose Down
drop table missed_call, missed, recorded_prompt, voicemail, alert, pin;
alter table call_record drop column private, drop column through;
