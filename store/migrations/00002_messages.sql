-- +goose Up

-- Facts of messages and of cards. message is empty where a fact is of a call, or of a card.
alter table fact add column message text collate "C" not null default '';
create index fact_message on fact (company, message, ord) where message <> '';

alter table quarantine add column message text collate "C" not null default '';
drop index quarantine_record;
create unique index quarantine_record on quarantine (company, call, message) where kind = 'record';

-- How a leg sounded, where its line measures.
alter table call_leg
  add column setup      interval,
  add column mos        int,                   -- in hundredths
  add column heard      interval,              -- speech from the far side
  add column spoke      interval,              -- speech to it
  add column signal_dbm int,
  add column lost       int;                   -- frames of 20 ms
create index call_leg_sim on call_leg (company, line, call) where line like 'sim:%';

-- Messages: one row for a whole message, whichever way it went.
create table message (
  company   text collate "C" not null references company (id),
  id        text collate "C" not null,         -- of one that came: of the part that came first
  direction text not null check (direction in ('in', 'out')),
  sim       text collate "C" not null,         -- ICCID
  number    text not null,                     -- the card's at that moment: E.164, or empty
  peer      text not null,                     -- E.164 where it has one, else as it was written
  at        timestamptz not null,              -- came, or was accepted
  sent      timestamptz not null,              -- of one that came: the service centre's time stamp, else at
  ref       int not null,                      -- of one that came in parts: what joins them
  parts     int not null,                      -- how many it has
  body      text not null,                     -- of one that goes out; what came stands in message_in
  queue     text not null,                     -- the state without what reports make of it
  state     text not null,
  author    text not null,                     -- who sent it
  until     timestamptz,
  settled   timestamptz,
  cause     text not null,                     -- a sentence
  primary key (company, id)
);
create index message_at on message (company, at desc, id desc);
create index message_thread on message (company, number, peer, at desc, id desc);
create index message_join on message (company, sim, peer, ref, parts) where direction = 'in' and parts > 1;

-- The parts of messages that came. They are joined as they are drained and not as they are shown: a list of whole
-- messages can then be paged, and a part that comes an hour late finds its message by an index.
create table message_in (
  company text collate "C" not null,
  message text collate "C" not null,
  part    int not null,                        -- from 1
  key     text collate "C" not null,           -- the same for the same part: what came is kept once
  at      timestamptz not null,
  body    text not null,
  class   int,
  broken  text not null,                       -- why it could not be read
  pdu     text not null,                       -- hex
  primary key (company, key),
  constraint message_in_part unique (company, message, part),
  foreign key (company, message) references message (company, id) on delete cascade
);

create table message_out (
  company   text collate "C" not null,
  message   text collate "C" not null,
  part      int not null,                      -- from 1
  sim       text collate "C" not null,
  tail      text collate "C" not null,         -- the last digits of the number, by which a report finds the part
  state     text not null,
  tries     int not null,
  tried     timestamptz,
  passed    timestamptz,
  again     timestamptz,
  reference int,                               -- null: it has not passed
  cause     text not null,
  primary key (company, message, part),
  foreign key (company, message) references message (company, id) on delete cascade
);
create index message_out_reference on message_out (company, sim, reference, tail, passed) where reference is not null;

create table message_report (
  company   text collate "C" not null references company (id),
  key       text collate "C" not null,
  sim       text collate "C" not null,
  tail      text collate "C" not null,
  reference int not null,
  at        timestamptz not null,
  status    int not null,                      -- 23.040 9.2.3.15
  done      timestamptz,
  pdu       text not null,
  message   text collate "C",                  -- null: it is not known of which
  part      int,
  primary key (company, key)
);
create index message_report_open on message_report (company, sim, reference, tail) where message is null;
create index message_report_of on message_report (company, message, part) where message is not null;

-- Cards: what became of them, and how they are now.
create table sim_seen (
  company text collate "C" not null references company (id),
  n       bigint generated always as identity,
  sim     text collate "C" not null,           -- ICCID
  at      timestamptz not null,
  state   text not null,
  why     text not null,
  modem   text not null,
  imei    text not null,
  imsi    text not null,
  primary key (company, sim, n)
);

create table sim_now (
  company text collate "C" not null references company (id),
  sim     text collate "C" not null,
  at      timestamptz not null,
  state   text not null,
  why     text not null,
  modem   text not null,
  imei    text not null,
  imsi    text not null,
  primary key (company, sim)
);

create table sim_balance (
  company text collate "C" not null references company (id),
  n       bigint generated always as identity,
  sim     text collate "C" not null,
  at      timestamptz not null,
  answer  text not null,                       -- of the network, as it came
  amount  text not null,                       -- a decimal number; empty: not known
  minutes int,
  primary key (company, sim, n)
);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['message', 'message_in', 'message_out', 'message_report', 'sim_seen', 'sim_now', 'sim_balance'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (company = current_setting(''app.company'', true)) '
                   'with check (company = current_setting(''app.company'', true))', t);
    execute format('grant select on %I to roadline_cabinet', t);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
drop table sim_balance, sim_now, sim_seen, message_report, message_out, message_in, message;
drop index call_leg_sim;
alter table call_leg drop column setup, drop column mos, drop column heard, drop column spoke, drop column signal_dbm, drop column lost;
drop index quarantine_record;
alter table quarantine drop column message;
create unique index quarantine_record on quarantine (company, call) where kind = 'record';
drop index fact_message;
alter table fact drop column message;
