package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Past is a company's past that is made up: so many calls of so many days, at hours in which people work, with the people
// e0, e1, … in the groups g0, g1, … by the numbers that Numbers names. The same Past is made of the same calls.
type Past struct {
	Company fmc.CompanyID
	Calls   int
	Days    int
	End     time.Time // the calls began before it
	People  int
	Groups  int
	Numbers []string
}

// pastRows makes up what is random of each call. What stands beside the places is how often.
const pastRows = `create temp table past on commit drop as
	select g, date_trunc('second', $2::timestamptz - make_interval(days => floor(a * $3)::int + case when extract(dow from $2::timestamptz - make_interval(days => floor(a * $3)::int)) in (0, 6) and d > 0.2 then 2 else 0 end)
			- time '24:00' + make_interval(secs => (8 + (b + c) * 5) * 3600)) as began,
		case when e < 0.6 then 'inbound' when e < 0.95 then 'outbound' else 'internal' end as direction,
		f, '+7' || (9120000000 + floor(h * h * 60000) * 137)::text as client,
		floor(i * $4)::int as person, $6::text[] as numbers, 1 + floor(j * cardinality($6::text[]))::int as number,
		make_interval(secs => 2 - 12 * ln(1 - k * 0.999)) as waits, make_interval(secs => 1 - 150 * ln(1 - l * 0.999)) as talks
	from (select g, random() a, random() b, random() c, random() d, random() e, random() f, random() h, random() i, random() j, random() k, random() l
		from generate_series(1, $1::int) g) r
	where $5::int > 0`

const pastRecords = `insert into call_record (company, id, began, direction, status, client, shown, number, trunk, account, employee, grp,
		answered, talked, ended, cause, recording, interrupted, generation, record)
	select $1, id, began, direction, status, client, '', numbers[number], 'carrier', '',
		case when talked or direction = 'outbound' then 'e' || person else '' end, case when direction = 'inbound' then 'g' || person % $2::int else '' end,
		case when talked then waits end, case when talked then talks else interval '0' end, waits + case when talked then talks else interval '0' end,
		'hangup', case when talked then 'ready' else 'none' end, false, 1,
		json_build_object('company', $1::text, 'id', id, 'generation', 1, 'status', status,
			'opened', json_build_object('began', to_char(began at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'direction', direction, 'trunk', 'carrier',
				'from', json_build_object('e164', client), 'to', json_build_object('e164', numbers[number])),
			'times', json_build_object('ended', 0), 'who', json_build_object('client', json_build_object('e164', client), 'employee', 'e' || person),
			'recording', json_build_object('state', case when talked then 'ready' else 'none' end))
	from (select *, status = 'answered' as talked, case direction when 'internal' then '' else caller end as client,
			regexp_replace(lpad(to_hex((extract(epoch from began) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(g % 4096), 3, '0') || '8' || lpad(to_hex(g), 15, '0'),
				'^(.{8})(.{4})(.{4})(.{4})(.{12})$', '\1-\2-\3-\4-\5') as id
		from (select g, began, direction, client as caller, person, numbers, number, waits, talks, case direction
				when 'inbound' then case when f < 0.78 then 'answered' when f < 0.9 then 'missed' when f < 0.94 then 'voicemail' else 'abandoned_before_menu' end
				when 'outbound' then case when f < 0.7 then 'answered' when f < 0.97 then 'not_answered' when f < 0.98 then 'failed' else 'refused' end
				else case when f < 0.8 then 'answered' else 'not_answered' end end as status
			from past) s) x
	order by began`

const pastLegs = `insert into call_leg (company, call, leg, role, offered, employee, grp, device, number, line, shown, began, alerting, up, gone, cause, q850)
	select company, id, id || '/2', 'employee', false, employee, grp, '', '', 'trunk:carrier', '', interval '1 second', interval '2 seconds', answered, ended, cause, 16
	from call_record where company = $1`

const pastRecordings = `insert into recording (company, call, at, grp, bytes, files)
	select company, id, began, grp, 60000, array[company || '/' || id || '.wav'] from call_record where company = $1 and recording = 'ready'`

const pastMissed = `insert into missed (company, id, client, grp, owner, first, last, due, state, ended, ended_by, why, way)
	select company, id, client, grp, '', began, began, began, state, case when state = 'done' then began + took end,
		case when state = 'done' then 'e1' else '' end, '', case when state = 'done' then way else '' end
	from (select *, case when h % 10 < 8 or n < newest then 'done' else 'open' end as state, case when h % 4 = 0 then 'inbound' else 'outbound' end as way,
			make_interval(mins => (h % 97 * (h % 13))::int) as took
		from (select *, abs(hashtext(id)) as h, row_number() over (partition by client order by began) as n, count(*) over (partition by client) as newest
			from call_record where company = $1 and status in ('missed', 'voicemail') and client <> '') x) y`

// Make writes the past into the database at dsn. The company must be there, with the people, and no calls.
func (p Past) Make(ctx context.Context, dsn string) (err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, step := range []struct {
			sql  string
			args []any
		}{
			{"select setseed(0.42)", nil},
			{pastRows, []any{p.Calls, p.End, p.Days, p.People, p.Groups, p.Numbers}},
			// Counting a million calls one by one takes longer than counting them at the end.
			{"alter table call_record disable trigger tally_call", nil},
			{"alter table call_leg disable trigger tally_leg", nil},
			{pastRecords, []any{p.Company, p.Groups}},
			{"analyze call_record", nil}, // without, each check of a foreign key walks through all calls
			{pastLegs, []any{p.Company}},
			{pastRecordings, []any{p.Company}},
			{pastMissed, []any{p.Company}},
			{"set constraints all immediate", nil},
			{"alter table call_record enable trigger tally_call", nil},
			{"alter table call_leg enable trigger tally_leg", nil},
			{"select tally_again($1)", []any{p.Company}},
		} {
			if _, err := tx.Exec(ctx, step.sql, step.args...); err != nil {
				return fmt.Errorf("make a past: %.40s: %w", step.sql, err)
			}
		}
		return nil
	})
	if err == nil {
		_, err = conn.Exec(ctx, "vacuum analyze call_record, call_leg, recording, missed, tally, tally_wait, tally_line")
	}
	return err
}
