package store

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

const upsertMessage = `insert into message (company, id, direction, sim, number, peer, at, sent, ref, parts, body, queue, state, author, until, settled, cause,
		centre, why, program, receipt, shadow)
	values ($1, $2, 'out', $3, $4, $5, $6, $6, 0, $7, $8, $9, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
	on conflict (company, id) do update set queue = excluded.queue, settled = excluded.settled, cause = excluded.cause`

const upsertPart = `insert into message_out (company, message, part, sim, tail, state, tries, tried, passed, again, reference, cause, centre, remote)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
	on conflict (company, message, part) do update set state = excluded.state, tries = excluded.tries, tried = excluded.tried,
		passed = excluded.passed, again = excluded.again, reference = excluded.reference, cause = excluded.cause, remote = excluded.remote`

// reportsOfPart gives a part that passed the reports that came before this was known: the reader of reports may be
// quicker than the sender by a moment.
const reportsOfPart = `update message_report set message = $2, part = $3
	where company = $1 and message is null and sim = $4 and reference = $5 and tail = $6
		and at >= $7::timestamptz - interval '10 seconds' and at < $7::timestamptz + $8::interval`

// partOfReport gives a report its part: the latest that was sent so when it came.
const partOfReport = `update message_report r set (message, part) = (
		select p.message, p.part from message_out p
		where p.company = r.company and p.sim = r.sim and p.reference = r.reference and p.tail = r.tail
			and p.passed > r.at - $3::interval and p.passed <= r.at + interval '10 seconds'
		order by p.passed > r.at, p.passed desc, p.message desc limit 1)
	where r.company = $1 and r.key = $2 and r.message is null`

// settleState is what the queue says of a message, or what reports made of one that was sent: delivered when every part
// is, undelivered when one will never be. Of the statuses of 23.040 §9.2.3.15 only 0 says that the phone has it; from 64
// on nobody tries any more. Parts that a gateway sent as one text have one reference and one moment, and one report.
const settleState = `with told as (
		select p.part, bool_or(r.status = 0) as there, (array_agg(r.status order by r.at desc, r.key desc))[1] >= 64 as lost
		from message_report r
		join message_out q on q.company = r.company and q.message = r.message and q.part = r.part
		join message_out p on p.company = q.company and p.message = q.message
			and (p.part = q.part or p.reference = q.reference and p.passed = q.passed)
		where r.company = $1 and r.message = $2 group by p.part)
	update message m set state = case
		when m.queue <> 'sent' then m.queue
		when exists (select from told where lost and not there) then 'undelivered'
		when (select count(*) from told where there) >= m.parts then 'delivered'
		else 'sent' end
	from (select state from message where company = $1 and id = $2 for update) before
	where m.company = $1 and m.id = $2
	returning m.id, m.state = 'delivered' and before.state <> 'delivered' and not m.shadow`

// queueMessage queues what the facts of a message that goes out fold to. Without its beginning nothing is known of it
// that could be shown: its facts are kept, and no more.
func (b *batch) queueMessage(q *pgx.Batch, facts []fmc.Fact, fresh int) {
	r := fmc.FoldMessage(facts)
	a := r.Accepted
	if len(r.Parts) == 0 {
		return
	}
	why := ""
	if r.Cause != nil {
		why = r.Cause.Text
	}
	number := a.Number.E164
	if number == "" {
		number = text(a.Sender)
	}
	q.Queue(upsertMessage, r.Company, r.ID, a.SIM, number, text(fmc.Peer(a.To.String(), a.Number.Country)), a.At.UTC(), len(r.Parts), text(a.Text),
		r.State, text(a.By), momentOrNull(a.Until), momentOrNull(r.Settled), text(why),
		a.Centre, text(a.Why), text(string(a.Program)), int(a.Receipt), a.Shadow != "")
	for _, p := range r.Parts {
		queuePart(q, r, p)
	}
	if a.Shadow == "" {
		b.events = append(b.events, fmc.MessageEvents(r, facts, fresh)...)
	}
	b.queueSettled(q, settleState, r.Company, r.ID, r.Settled)
	if a.Program != "" {
		q.Queue(tellProgram, r.Company, r.ID)
	}
}

// queueSettled works out a message's state anew, and takes note where a report made it one that is delivered.
func (b *batch) queueSettled(q *pgx.Batch, sql string, company fmc.CompanyID, id any, at time.Time) {
	q.Queue(sql, company, id).Query(func(rows pgx.Rows) error {
		var message fmc.MessageID
		var there bool
		_, err := pgx.ForEachRow(rows, []any{&message, &there}, func() error {
			if there {
				b.delivered = append(b.delivered, cameMessage{company, message, at})
			}
			return nil
		})
		return err
	})
}

func queuePart(q *pgx.Batch, r fmc.MessageRecord, p fmc.PartRecord) {
	why, tail := "", tailOf(r.Accepted.To.String())
	if p.Cause != nil {
		why = p.Cause.Text
	}
	var reference *int
	if p.State == fmc.PartPassed && r.Accepted.Centre == "" {
		n := int(p.Reference)
		reference = &n
	}
	q.Queue(upsertPart, r.Company, r.ID, p.Part, r.Accepted.SIM, tail, p.State, p.Tries, momentOrNull(p.Tried), momentOrNull(p.Passed), momentOrNull(p.Again),
		reference, text(why), r.Accepted.Centre, text(p.ID))
	if p.ID != "" {
		q.Queue(reportsOfRemote, r.Company, r.ID, p.Part, r.Accepted.Centre, text(p.ID), p.Passed.UTC(), fmc.MessageReportTime)
	}
	if reference != nil {
		q.Queue(reportsOfPart, r.Company, r.ID, p.Part, r.Accepted.SIM, *reference, tail, p.Passed.UTC(), fmc.MessageReportTime)
	}
}

// partsWithin is how far apart the service centre's time stamps of one message's parts may lie. The reference that joins
// parts is a byte as a rule: soon another message of the same sender has it.
const partsWithin = time.Hour

// insertCame keeps a part that came, once, in the message that lacks it, or in a new one. Of several that lack it the
// one whose parts were sent at nearly the same time is meant.
const insertCame = `with fresh as (select where not exists (select from message_in where company = $1 and key = $3)),
	home as (
		select m.id from message m, fresh
		where $10::int > 1 and m.company = $1 and m.direction = 'in' and m.sim = $4 and m.centre = $17
			and (m.sim <> '' or m.number = $5) and m.peer = $6 and m.ref = $9 and m.parts = $10
			and m.sent between $8::timestamptz - $16::interval and $8::timestamptz + $16::interval
			and not exists (select from message_in p where p.company = $1 and p.message = m.id and p.part = $11)
		order by abs(extract(epoch from m.sent - $8::timestamptz)), m.at desc, m.id limit 1),
	made as (
		insert into message (company, id, direction, sim, number, peer, at, sent, ref, parts, body, queue, state, author, cause, centre, shadow)
		select $1, $2, 'in', $4, $5, $6, $7, $8, $9, $10, '', 'received', 'received', '', '', $17, $18 from fresh where not exists (select from home))
	insert into message_in (company, message, part, key, at, body, class, broken, pdu)
	select $1, coalesce((select id from home), $2), $11, $3, $7, $12, $13, $14, $15 from fresh returning message`

func (b *batch) queueCame(q *pgx.Batch, f fmc.Fact, m fmc.MessageCame) {
	part, parts, sent := m.Part, m.Parts, m.Sent
	if parts < 2 || part < 1 || part > parts { // whole, or so broken that it stands alone
		part, parts = 1, 1
	}
	if sent.IsZero() {
		sent = m.At
	}
	q.Queue(insertCame, f.Company, f.Message, text(m.Key), m.SIM, m.Number.E164, text(fmc.Peer(m.From, m.Number.Country)), m.At.UTC(), sent.UTC(), m.Ref, parts, part,
		text(m.Text), m.Class, text(m.Broken), m.PDU, partsWithin, m.Centre, m.Shadow).Query(func(rows pgx.Rows) error {
		var home fmc.MessageID
		_, err := pgx.ForEachRow(rows, []any{&home}, func() error {
			if m.Shadow {
				return nil
			}
			b.came = append(b.came, cameMessage{f.Company, home, m.At})
			return nil
		})
		return err
	})
	if !m.Shadow {
		b.queueProgram(q, f, m)
	}
}

const insertReport = `insert into message_report (company, key, sim, tail, reference, at, status, done, pdu) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	on conflict (company, key) do nothing`

func (b *batch) queueReported(q *pgx.Batch, f fmc.Fact, r fmc.MessageReported) {
	key := text(r.Key)
	if r.Centre != "" {
		queueReceipt(q, f, r)
	} else {
		q.Queue(insertReport, f.Company, key, r.SIM, tailOf(r.To), int(r.Reference), r.At.UTC(), int(r.Status), momentOrNull(r.Done), r.PDU)
		q.Queue(partOfReport, f.Company, key, fmc.MessageReportTime)
	}
	b.queueSettled(q, strings.ReplaceAll(settleState, "$2", ofReport), f.Company, key, r.At)
	q.Queue(tellProgramOfReport(), f.Company, key)
}

// ofReport is the message that a report is of, by its key.
const ofReport = "(select message from message_report where company = $1 and key = $2)"

const insertSeen = `insert into sim_seen (company, sim, at, state, why, modem, imei, imsi, network) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

const upsertNow = `insert into sim_now (company, sim, at, state, why, modem, imei, imsi) values ($1, $2, $3, $4, $5, $6, $7, $8)
	on conflict (company, sim) do update set at = excluded.at, state = excluded.state, why = excluded.why, modem = excluded.modem,
		imei = coalesce(nullif(excluded.imei, ''), sim_now.imei), imsi = coalesce(nullif(excluded.imsi, ''), sim_now.imsi)
	where sim_now.at <= excluded.at`

func queueSeen(q *pgx.Batch, f fmc.Fact, s fmc.SIMSeen) {
	args := []any{f.Company, s.SIM, s.At.UTC(), text(s.State), text(s.Why), text(s.Modem), text(s.IMEI), text(s.IMSI)}
	q.Queue(upsertNow, args...)
	q.Queue(insertSeen, append(args, text(s.Network))...)
}

const insertLimit = `insert into sim_limit (company, sim, what, until, at, most) values ($1, $2, $3, $4, $5, $6)
	on conflict (company, sim, what, until) do nothing returning true`

// queueLimit keeps that a card was used up to a limit. It is told once, however often the server starts meanwhile.
func (b *batch) queueLimit(q *pgx.Batch, f fmc.Fact, s fmc.LimitSeen) {
	q.Queue(insertLimit, f.Company, s.SIM, s.Limit, s.Until.UTC(), s.At.UTC(), s.Most).Query(func(rows pgx.Rows) error {
		var fresh bool
		_, err := pgx.ForEachRow(rows, []any{&fresh}, func() error {
			b.events = append(b.events, fmc.LimitEvent(f.Company, s))
			return nil
		})
		return err
	})
}

const insertBalance = `insert into sim_balance (company, sim, at, answer, amount, minutes) values ($1, $2, $3, $4, $5, $6)`

// queueSingle queues a fact that stands for itself.
func (b *batch) queueSingle(q *pgx.Batch, f fmc.Fact) {
	switch body := f.Body.(type) {
	case fmc.MessageCame:
		b.queueCame(q, f, body)
	case fmc.MessageReported:
		b.queueReported(q, f, body)
	case fmc.SIMSeen:
		queueSeen(q, f, body)
		b.events = append(b.events, fmc.LineEvent(f.Company, body))
	case fmc.TrunkSeen:
		b.events = append(b.events, fmc.TrunkEvent(f.Company, body))
	case fmc.USSDSeen:
		b.events = append(b.events, fmc.USSDEvent(f.Company, body))
	case fmc.LimitSeen:
		b.queueLimit(q, f, body)
	case fmc.ForwardingSeen:
		queueForwarding(q, f, body)
	case fmc.ModeSet:
		queueMode(q, f, body)
	case fmc.CardMoved:
		queueCardMove(q, f, body)
	case fmc.ShadowBegan:
		queueShadow(q, f, body)
	case fmc.ShadowEnded:
		queueShadowEnd(q, f, body)
	case fmc.BalanceSeen:
		q.Queue(insertBalance, f.Company, body.SIM, body.At.UTC(), text(body.Answer), text(body.Amount), body.Minutes)
	default: // of a call, or of a message that goes out: these are folded
	}
}

// single reports that a fact stands for itself: it is part of nothing that is folded.
func single(f fmc.Fact) bool {
	switch f.Body.(type) {
	case fmc.MessageCame, fmc.MessageReported, fmc.SIMSeen, fmc.BalanceSeen, fmc.TrunkSeen, fmc.LimitSeen, fmc.USSDSeen, fmc.ForwardingSeen, fmc.ShadowBegan, fmc.ShadowEnded, fmc.ModeSet, fmc.CardMoved:
		return true
	default:
		return f.Call == "" && f.Message == ""
	}
}

// tailLength is by how many of its last digits a number is known again that one side writes with its country's code and
// the other without.
const tailLength = 9

// tailOf is the last digits of a number, however it was written.
func tailOf(number string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
	return digits[max(0, len(digits)-tailLength):]
}

// momentOrNull is a moment that the zero time stands for none of.
func momentOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
