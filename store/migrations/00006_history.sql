-- +goose Up

-- Under row-level security an index serves only operators that leak nothing: = < > do, LIKE and functions of a column do
-- not. So what is searched by its beginning is compared byte by byte, and what is searched by its end stands backwards.
alter table call_record alter column client type text collate "C";
alter table call_record add column tail text collate "C" not null generated always as (reverse(regexp_replace(client, '[^0-9]', '', 'g'))) stored;

-- One index for each thing that the list is filtered by, in the list's order.
drop index call_record_began, call_record_client, call_record_employee;
create index call_record_began on call_record (company, began desc, id desc);
create index call_record_client on call_record (company, client, began desc, id desc);
create index call_record_tail on call_record (company, tail, began desc);
create index call_record_employee on call_record (company, employee, began desc, id desc);
create index call_record_grp on call_record (company, grp, began desc, id desc);
create index call_record_number on call_record (company, number, began desc, id desc);
create index call_record_status on call_record (company, status, began desc, id desc);
create index call_record_internal on call_record (company, began desc, id desc) where direction = 'internal';
create index call_record_taped on call_record (company, began desc, id desc) where recording = 'ready';
create index call_record_talked on call_record (company, talked, began desc);

-- Whose days the statistics count by, as the newest version of the document has it.
-- A zone that PostgreSQL does not know is refused when the version is applied, not when a call is counted.
alter table company add column zone text not null default 'UTC'
  constraint company_zone check ((timestamptz 'epoch' at time zone zone) is not null);
update company c set zone = z.name
  from company_version v, pg_timezone_names z
  where v.company = c.id and v.generation = c.generation
    and z.name = (regexp_match(v.document, '(?n)^timezone:\s*["'']?([A-Za-z0-9_/+-]+)'))[1];

-- What was counted, kept by the triggers below in the transaction that changes the records. Calls that go on, that
-- another record tells, or that are of a person alone are in none of it.
--
-- side is what is counted: 'company', whose who is empty, 'group', 'number', each by the hour; 'person' by the day, at hour 0.
create table tally (
  company   text collate "C" not null references company (id),
  side      text collate "C" not null,
  who       text collate "C" not null,
  day       date not null,                     -- in the company's zone, as is the hour
  hour      int not null,
  direction text collate "C" not null,
  status    text collate "C" not null,
  calls     bigint not null,
  talked    interval not null,
  waited    interval not null,                 -- from the calls' beginnings to their first conversations
  primary key (company, side, day, who, hour, direction, status)
) with (fillfactor = 70);

-- How long clients waited who were answered: bin counts steps of five seconds, the last (24) all from two minutes on.
create table tally_wait (
  company text collate "C" not null references company (id),
  side    text collate "C" not null,           -- as in tally, without 'person'
  who     text collate "C" not null,
  day     date not null,
  bin     int not null,
  calls   bigint not null,
  primary key (company, side, day, who, bin)
) with (fillfactor = 70);

-- What lines of trunks and SIMs were tried for, from our side.
create table tally_line (
  company text collate "C" not null references company (id),
  line    text collate "C" not null,
  day     date not null,
  tries   bigint not null,
  up      bigint not null,
  talked  interval not null,                   -- from up to gone
  primary key (company, day, line)
) with (fillfactor = 70);

-- Where a call counts; no row: nowhere.
-- +goose StatementBegin
create function tally_of(r call_record) returns table (side text, who text, day date, hour int) language sql stable as $$
  select v.side, v.who, local.at::date, case v.side when 'person' then 0 else extract(hour from local.at)::int end
  from company c, lateral (select r.began at time zone c.zone) local (at),
    (values ('company', ''), ('group', r.grp), ('number', r.number), ('person', r.employee)) v (side, who)
  where c.id = r.company and r.status not in ('open', 'merged') and r.merged_into is null and not r.private and (v.side = 'company' or v.who <> '')
$$;
-- +goose StatementEnd

-- The bin of a call's wait; null: no client waited and was answered.
-- +goose StatementBegin
create function tally_bin(r call_record) returns int language sql immutable as $$
  select case when r.direction = 'inbound' and r.answered is not null then least(floor(extract(epoch from r.answered) / 5), 24)::int end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function tally_add(r call_record, sign int) returns void language plpgsql as $$
begin
  insert into tally as t
    select r.company, p.side, p.who, p.day, p.hour, r.direction, r.status, sign, sign * r.talked, sign * coalesce(r.answered, interval '0')
    from tally_of(r) p
    on conflict (company, side, day, who, hour, direction, status)
      do update set calls = t.calls + excluded.calls, talked = t.talked + excluded.talked, waited = t.waited + excluded.waited;
  insert into tally_wait as t
    select r.company, p.side, p.who, p.day, tally_bin(r), sign
    from tally_of(r) p where p.side <> 'person' and tally_bin(r) is not null
    on conflict (company, side, day, who, bin) do update set calls = t.calls + excluded.calls;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function tally_call() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (old.began, old.direction, old.status, old.number, old.employee, old.grp, old.answered, old.talked, old.merged_into, old.private)
      is not distinct from (new.began, new.direction, new.status, new.number, new.employee, new.grp, new.answered, new.talked, new.merged_into, new.private) then
    return null;
  end if;
  if tg_op <> 'INSERT' and old.status <> 'open' then perform tally_add(old, -1); end if;
  if tg_op <> 'DELETE' and new.status <> 'open' then perform tally_add(new, 1); end if;
  return null;
end $$;
-- +goose StatementEnd
create trigger tally_call after insert or update or delete on call_record for each row execute function tally_call();

-- +goose StatementBegin
create function tally_line_add(l call_leg, sign int) returns void language plpgsql as $$
begin
  if l.offered or l.gone is null or l.line not like 'trunk:%' and l.line not like 'sim:%' then return; end if;
  insert into tally_line as t
    select l.company, l.line, ((r.began + l.began) at time zone c.zone)::date, sign,
      case when l.up is null then 0 else sign end, sign * coalesce(l.gone - l.up, interval '0')
    from call_record r join company c on c.id = r.company where r.company = l.company and r.id = l.call
    on conflict (company, day, line) do update set tries = t.tries + excluded.tries, up = t.up + excluded.up, talked = t.talked + excluded.talked;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function tally_leg() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (old.line, old.up, old.gone) is not distinct from (new.line, new.up, new.gone) then return null; end if;
  if tg_op <> 'INSERT' then perform tally_line_add(old, -1); end if;
  perform tally_line_add(new, 1);
  return null;
end $$;
-- +goose StatementEnd
-- What a line was tried for stays counted when the call's record goes.
create trigger tally_leg after insert or update on call_leg for each row execute function tally_leg();

-- Counts a company's calls anew from their records.
-- +goose StatementBegin
create function tally_again(whose text) returns void language plpgsql as $$
begin
  delete from tally where company = whose;
  delete from tally_wait where company = whose;
  delete from tally_line where company = whose;
  insert into tally
    select r.company, p.side, p.who, p.day, p.hour, r.direction, r.status, count(*), sum(r.talked), coalesce(sum(r.answered), interval '0')
    from call_record r, tally_of(r) p where r.company = whose group by 1, 2, 3, 4, 5, 6, 7 order by p.day, p.side, p.who, p.hour;
  insert into tally_wait
    select r.company, p.side, p.who, p.day, tally_bin(r), count(*)
    from call_record r, tally_of(r) p where r.company = whose and p.side <> 'person' and tally_bin(r) is not null group by 1, 2, 3, 4, 5;
  insert into tally_line
    select l.company, l.line, ((r.began + l.began) at time zone c.zone)::date, count(*), count(l.up), coalesce(sum(l.gone - l.up), interval '0')
    from call_leg l join call_record r on r.company = l.company and r.id = l.call join company c on c.id = l.company
    where l.company = whose and not l.offered and l.gone is not null and (l.line like 'trunk:%' or l.line like 'sim:%') group by 1, 2, 3;
end $$;
-- +goose StatementEnd

-- A company that moves to another zone has other days. The cabinet changes the zone and may not write what is counted: the
-- function runs as who made it, for the one company that changed.
-- +goose StatementBegin
create function tally_zone() returns trigger language plpgsql security definer set search_path from current as $$
begin
  perform tally_again(new.id);
  return null;
end $$;
-- +goose StatementEnd
create trigger tally_zone after update of zone on company for each row when (old.zone is distinct from new.zone) execute function tally_zone();
select tally_again(id) from company;

-- How a conversation that ended a client's task came about: outbound, somebody called back; inbound, they called again.
alter table missed add column way text not null default '';
update missed m set way = c.direction from call_record c where m.state = 'done' and c.company = m.company and m.why = 'call ' || c.id;

-- What people wrote about a call: on the whole of it, or on a moment of its recording.
create table comment (
  company text collate "C" not null references company (id),
  id      text collate "C" not null,           -- UUIDv7
  call    text collate "C" not null,
  at      timestamptz not null,
  author  text not null,                       -- an employee
  moment  bigint,                              -- ms since the recording's beginning; null: the whole call
  body    text not null,
  edited  timestamptz,
  deleted timestamptz,
  deleted_by text not null default '',
  primary key (company, id),
  foreign key (company, call) references call_record (company, id) on delete cascade
);
create index comment_call on comment (company, call, at);

-- What a comment said before it was changed.
create table comment_past (
  company text collate "C" not null,
  comment text collate "C" not null,
  at      timestamptz not null,                -- when it was changed
  body    text not null,
  primary key (company, comment, at),
  foreign key (company, comment) references comment (company, id) on delete cascade
);

create table call_tag (
  company text collate "C" not null,
  tag     text collate "C" not null,
  began   timestamptz not null,                -- of the call: a tag's calls are read in the list's order
  call    text collate "C" not null,
  author  text not null,
  at      timestamptz not null,
  primary key (company, tag, began, call),
  foreign key (company, call) references call_record (company, id) on delete cascade
);
create unique index call_tag_call on call_tag (company, call, tag);

-- Filters of the calls list that a person comes back to.
create table saved_view (
  company  text collate "C" not null,
  employee text not null,
  name     text not null,
  query    text not null,                      -- of the list's address
  at       timestamptz not null,
  primary key (company, employee, name),
  foreign key (company, employee) references employee (company, id)
);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['tally', 'tally_wait', 'tally_line', 'comment', 'comment_past', 'call_tag', 'saved_view'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy node on %I to %I using (true) with check (true)', t, current_user);
    execute format('create policy tenant on %I to roadline_cabinet using (company = current_setting(''app.company'', true)) '
                   'with check (company = current_setting(''app.company'', true))', t);
    execute format('grant select on %I to roadline_cabinet', t);
  end loop;
end $$;
-- +goose StatementEnd

grant insert on comment, comment_past, call_tag, saved_view to roadline_cabinet;
grant update (body, edited, deleted, deleted_by) on comment to roadline_cabinet;
grant update (query, at) on saved_view to roadline_cabinet;
grant delete on call_tag, saved_view to roadline_cabinet;

-- +goose Down
drop table saved_view, call_tag, comment_past, comment;
alter table missed drop column way;
drop trigger tally_zone on company;
drop trigger tally_leg on call_leg;
drop trigger tally_call on call_record;
drop function tally_zone, tally_again, tally_leg, tally_line_add, tally_call, tally_add, tally_bin, tally_of;
drop table tally_line, tally_wait, tally;
alter table company drop column zone;
drop index call_record_began, call_record_client, call_record_tail, call_record_employee, call_record_grp, call_record_number, call_record_status,
  call_record_internal, call_record_taped, call_record_talked;
alter table call_record drop column tail;
create index call_record_began on call_record (company, began desc);
create index call_record_client on call_record (company, client, began desc);
create index call_record_employee on call_record (company, employee, began desc);
