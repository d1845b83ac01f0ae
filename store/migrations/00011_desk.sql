-- +goose Up

-- Who a client's number is. The whole company reads it.
create table client (
  company text collate "C" not null references company (id),
  number  text collate "C" not null,           -- E.164
  name    text not null,                       -- of the person
  firm    text not null,                       -- where they work; name or firm is written
  at      timestamptz not null,                -- when it was written last
  author  text not null,
  primary key (company, number)
);

-- What came of a call, as who talked says. An empty result: they were asked, and said nothing.
create table call_result (
  company text collate "C" not null,
  call    text collate "C" not null,
  result  text collate "C" not null,
  note    text not null,
  back    timestamptz,                         -- when the client is to be called back; null: nobody promised it
  author  text not null,
  at      timestamptz not null,
  primary key (company, call),
  foreign key (company, call) references call_record (company, id) on delete cascade
);
create index call_result_list on call_result (company, result, call);

-- What somebody who listened to a call thinks of it.
create table review (
  company  text collate "C" not null,
  call     text collate "C" not null,
  reviewer text not null,
  employee text not null,                      -- who talked
  at       timestamptz not null,
  score    smallint not null check (score between 1 and 5),
  body     text not null,
  primary key (company, call, reviewer),
  foreign key (company, call) references call_record (company, id) on delete cascade
);
create index review_employee on review (company, employee, at desc);

-- A task that somebody promised stands beside one of a client who was lost: each ends with the next conversation.
alter table missed add column promised text not null default ''; -- the call in which it was promised; empty: the client was lost
drop index missed_open;
create unique index missed_open on missed (company, client) where state = 'open' and client <> '' and promised = '';
create unique index missed_promised on missed (company, promised) where promised <> '';
create index missed_client on missed (company, client) where state = 'open' and client <> '';

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['client', 'call_result', 'review'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (company = current_setting(''app.company'', true)) '
                   'with check (company = current_setting(''app.company'', true))', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, delete on client to roadline_cabinet;
grant update (name, firm, at, author) on client to roadline_cabinet;
grant select, insert on call_result, review to roadline_cabinet;
grant update (result, note, back, author, at) on call_result to roadline_cabinet;
grant update (at, score, body) on review to roadline_cabinet;
grant insert on missed to roadline_cabinet;
grant update (first, last, due) on missed to roadline_cabinet;

-- +goose Down
drop table review, call_result, client;
delete from missed where promised <> '';
drop index missed_open, missed_promised, missed_client;
alter table missed drop column promised;
create unique index missed_open on missed (company, client) where state = 'open' and client <> '';
