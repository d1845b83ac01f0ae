package smpp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/fiorix/go-smpp/smpp/pdu"

	"roadline/callerid"
	"roadline/fmc"
)

// take takes what a centre sends on one link.
func (x *centre) take(took *taken, f frame) pending {
	if f.id() != pdu.DeliverSMID {
		return atOnce(unserved(f))
	}
	b, err := f.body()
	if err != nil {
		return x.answer(f, statusSystem)
	}
	s, err := readShort(b)
	if err != nil {
		x.log.Warn("message of a centre not read", "err", err)
		return x.answer(f, statusClass)
	}
	if s.isReceipt() {
		return x.report(f, s)
	}
	return x.came(took, f, s)
}

// answer is a deliver_sm_resp.
func (x *centre) answer(f frame, status pdu.Status) pending {
	return atOnce(deliverAnswer(f, status))
}

// deliverAnswer writes a deliver_sm_resp: its message_id is empty, SMPP 3.4 §4.6.2.
func deliverAnswer(f frame, status pdu.Status) frame {
	b := pdu.NewDeliverSMRespSeq(f.sequence())
	b.Header().Status = status
	answer, err := frameOf(b)
	if err != nil { // it has nothing that could not be written
		return bare(pdu.DeliverSMRespID, status, f.sequence())
	}
	return answer
}

// came keeps a message.
func (x *centre) came(took *taken, f frame, s short) pending {
	now := x.o.Now().UTC()
	sum := sha256.Sum256(f[headerLength:])
	same := hex.EncodeToString(sum[:16])
	if x.doubts.repeated(now, same) {
		x.log.Info("message that a centre repeated after its link was lost is kept once")
		p := keptAnswer(f)
		p.arrived = took.add(now, same) // this answer may be lost too
		return p
	}
	to := s.dest.String()
	company, ok := x.owner(to)
	if !ok {
		x.log.Warn("message to a number that is granted to nobody", "text", callerid.Number{E164: to}.Masked())
		return x.answer(f, statusDest)
	}
	id := x.o.NewMessage()
	text, plain := x.Alphabet.decode(s.coding, s.data)
	came := fmc.MessageCame{
		At: now, Centre: x.ID, From: s.source.String(), Text: text, Ref: s.place.ref, Part: s.place.part, Parts: s.place.parts,
		PDU: hex.EncodeToString(f), Key: same + "." + string(id),
	}
	if came.Number = callerid.Received(to, x.country(company)); came.Number.E164 == "" {
		came.Number.E164 = to // a name, or a short code
	}
	if !plain {
		came.Broken = "it is meant for a program"
	}
	if err := x.o.Journal.Append(fmc.Fact{Company: company, Message: id, Body: came}); err != nil {
		x.log.Error("message of a centre not kept", "company", company, "err", err)
		return x.answer(f, statusSystem)
	}
	return pending{durable: true, arrived: took.add(now, same), answer: func(_ context.Context, kept error) frame {
		if kept != nil {
			return nil
		}
		if x.o.Came != nil {
			x.o.Came(company, came)
		}
		return deliverAnswer(f, statusOK)
	}}
}

// keptAnswer says yes to what is in the journal once that is on disk.
func keptAnswer(f frame) pending {
	return pending{durable: true, answer: func(_ context.Context, kept error) frame {
		if kept != nil {
			return nil
		}
		return deliverAnswer(f, statusOK)
	}}
}

// report keeps what a centre says became of a message of ours.
func (x *centre) report(f frame, s short) pending {
	r, ok := readReceipt(s, x.Alphabet)
	company, known := x.owner(s.dest.String()) // whom the message was from
	if !ok || !known {
		x.log.Warn("receipt of a centre says of no message of ours", "text", r.id)
		return x.answer(f, statusOK) // again it would say no more
	}
	sum := sha256.Sum256(f[headerLength:])
	id := x.IDs.receipted(r.id)
	report := fmc.MessageReported{
		At: x.o.Now().UTC(), To: s.source.String(), Status: statuses[r.state], Done: r.done, PDU: hex.EncodeToString(f),
		Key: string(x.ID) + "/" + hex.EncodeToString(sum[:16]), Centre: x.ID, ID: id,
	}
	if err := x.o.Journal.Append(fmc.Fact{Company: company, Message: x.o.NewMessage(), Body: report}); err != nil {
		x.log.Error("receipt of a centre not kept", "company", company, "err", err)
		return x.answer(f, statusSystem)
	}
	return keptAnswer(f)
}
