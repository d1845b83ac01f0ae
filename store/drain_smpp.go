package store

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// reportsOfRemote gives a part that a centre took the receipts that came before this was known. That remote is not empty is
// said here and below for the planner's sake: the indexes leave the empty ones out.
const reportsOfRemote = `update message_report set message = $2, part = $3
	where company = $1 and message is null and centre = $4 and remote = $5 and remote <> ''
		and at >= $6::timestamptz - interval '10 seconds' and at < $6::timestamptz + $7::interval`

// remoteOfReport gives a receipt its part: the latest that the centre took under that id when it came.
const remoteOfReport = `update message_report r set (message, part) = (
		select p.message, p.part from message_out p
		where p.company = r.company and p.centre = r.centre and p.remote = r.remote and p.remote <> ''
			and p.passed > r.at - $3::interval and p.passed <= r.at + interval '10 seconds'
		order by p.passed > r.at, p.passed desc, p.message desc limit 1)
	where r.company = $1 and r.key = $2 and r.message is null`

const insertReceipt = `insert into message_report (company, key, sim, tail, reference, at, status, done, pdu, centre, remote) values ($1, $2, '', $3, 0, $4, $5, $6, $7, $8, $9)
	on conflict (company, key) do nothing`

// queueReceipt keeps what a message centre says became of a message.
func queueReceipt(q *pgx.Batch, f fmc.Fact, r fmc.MessageReported) {
	key := text(r.Key)
	q.Queue(insertReceipt, f.Company, key, tailOf(r.To), r.At.UTC(), int(r.Status), momentOrNull(r.Done), r.PDU, r.Centre, text(r.ID))
	q.Queue(remoteOfReport, f.Company, key, fmc.MessageReportTime)
}

// tellProgram has a program told what became of a message that it sent, as far as it asked for that: bits 0 and 1 of
// registered_delivery are for the end, bit 4 for what comes before (SMPP 3.4 §5.2.17).
const tellProgram = `insert into program_delivery (company, program, message, told, state, done, due)
	select m.company, m.program, m.id, m.state, 'waiting', t.done, t.done
	from message m, lateral (select coalesce((select max(at) from message_report r where r.company = m.company and r.message = m.id), m.settled, m.at) as done) t
	where m.company = $1 and m.id = $2 and m.program <> '' and (
		m.receipt & 3 = 1 and m.state in ('delivered', 'undelivered', 'failed', 'expired', 'uncertain')
		or m.receipt & 3 = 2 and m.state in ('undelivered', 'failed', 'expired')
		or m.receipt & 3 = 3 and m.state = 'delivered'
		or m.receipt & 16 = 16 and m.state = 'sent')
	on conflict on constraint program_delivery_once do nothing`

// tellProgramOfReport is tellProgram for the message that a report is of.
func tellProgramOfReport() string { return strings.ReplaceAll(tellProgram, "$2", ofReport) }

// giveProgram gives a program a message that came to one of its numbers, once all of its parts are there.
const giveProgram = `insert into program_delivery (company, program, message, told, state, done, due)
	select m.company, $3, m.id, 'received', 'waiting', m.at, m.at from message m
	where m.company = $1 and m.id = (select message from message_in where company = $1 and key = $2)
		and (select count(*) from message_in p where p.company = m.company and p.message = m.id) = m.parts
	on conflict on constraint program_delivery_once do nothing`

// queueProgram queues that for a part that came.
func (b *batch) queueProgram(q *pgx.Batch, f fmc.Fact, m fmc.MessageCame) {
	if b.tasks.directory == nil {
		return
	}
	c, ok := b.tasks.directory.Company(f.Company)
	if !ok {
		return
	}
	if p, ok := c.ProgramOf(m.Number.E164); ok {
		q.Queue(giveProgram, f.Company, text(m.Key), p.ID)
	}
}
