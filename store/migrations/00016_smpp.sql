-- +goose Up

-- By what a message went, or came, in place of a card, why, and which program of the company sent it.
alter table message
  add column centre  text collate "C" not null default '',
  add column why     text not null default '',
  add column program text collate "C" not null default '',
  add column receipt int not null default 0;   -- registered_delivery, SMPP 3.4 5.2.17

alter table message_out
  add column centre text collate "C" not null default '',
  add column remote text collate "C" not null default '';  -- by which the centre's receipt names the part
create index message_out_remote on message_out (company, centre, remote, passed) where remote <> '';

alter table message_report
  add column centre text collate "C" not null default '',
  add column remote text collate "C" not null default '';
create index message_report_remote on message_report (company, centre, remote) where message is null and remote <> '';
create index message_centre on message (company, centre, at) where direction = 'in' and centre <> '';

-- What programs bind with. system_id names a program on the node.
create table program_secret (
  company   text collate "C" not null references company (id),
  program   text collate "C" not null,
  system_id text collate "C" not null unique,
  hash      text not null,                     -- argon2id
  made      timestamptz not null,
  author    text not null,
  primary key (company, program)
);

-- What programs are to be told: messages that came, and what became of those that they sent.
create table program_delivery (
  company text collate "C" not null,
  n       bigint generated always as identity,
  program text collate "C" not null,
  message text collate "C" not null,
  told    text not null,                       -- the state of the message that is told; 'received': it came
  state   text not null check (state in ('waiting', 'out', 'done', 'uncertain', 'failed')),
  done    timestamptz not null,                -- when the message got into its state
  due     timestamptz not null,
  tries   int not null default 0,
  settled timestamptz,
  why     text not null default '',
  primary key (company, n),
  constraint program_delivery_once unique (company, program, message, told),
  foreign key (company, message) references message (company, id) on delete cascade
);
create index program_delivery_due on program_delivery (company, program, due, n) where state = 'waiting';
create index program_delivery_out on program_delivery (company) where state = 'out';

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['program_secret', 'program_delivery'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (company = current_setting(''app.company'', true)) '
                   'with check (company = current_setting(''app.company'', true))', t);
  end loop;
end $$;
-- +goose StatementEnd

-- The hash stays with the node.
grant select (company, program, system_id, made, author) on program_secret to roadline_cabinet;
grant select on program_delivery to roadline_cabinet;

-- +goose Down
drop table program_delivery, program_secret;
drop index message_centre, message_report_remote, message_out_remote;
alter table message_report drop column remote, drop column centre;
alter table message_out drop column remote, drop column centre;
alter table message drop column receipt, drop column program, drop column why, drop column centre;
