package house

import (
	"context"
	"slices"
	"strings"
	"time"

	"roadline/cabinet/notify"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
)

// texts are those that calls and rules of companies send. They leave as the company's messages do, by a card or a message
// centre; those of calls one after the other, and no call waits for one.
type texts struct {
	h     *House
	queue chan text
}

// text is one to be sent.
type text struct {
	company fmc.CompanyID
	of      fmc.CallID
	call.Text
}

// mostTexts is how many may wait; those beyond are lost, and the log says so.
const mostTexts = 256

var _ notify.Texter = (*texts)(nil)

func newTexts(h *House) *texts { return &texts{h: h, queue: make(chan text, mostTexts)} }

// send takes a text of a call. It does not wait.
func (t *texts) send(company fmc.CompanyID, of fmc.CallID, x call.Text) {
	select {
	case t.queue <- text{company, of, x}:
	default:
		t.h.log.Error("text to a person lost: too many wait", "company", company, "call", of)
	}
}

// Run sends until ctx is done.
func (t *texts) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case x := <-t.queue:
			t.leave(ctx, x)
		}
	}
}

// leave sends a text. A company that has nothing that may send it has the fact that it wanted to, and no more.
func (t *texts) leave(ctx context.Context, x text) {
	if err := t.by(ctx, x.company, x.To.E164, x.Text.Text, "call "+string(x.of)); err != nil {
		t.h.log.Info("text to a person not sent", "company", x.company, "call", x.of, "err", err)
	}
}

// Text implements notify.Texter.
func (t *texts) Text(ctx context.Context, company fmc.CompanyID, to, words string) error {
	return onlyOnce(t.by(ctx, company, to, words, "a rule of the company"))
}

// onlyOnce is the error of a text as a job is told it, which tries again what is unavailable: a text that may be in the
// journal already is sent after the next start, and would be sent twice.
func onlyOnce(err error) error {
	if cause.KindOf(err) == cause.Unavailable {
		return cause.Errorf(cause.Conflict, "it may be kept already, and is not sent again: %v", err)
	}
	return err
}

// by sends a text as MessageWay says; where that is by SIM, by the first of the company's cards that may. Kinds of errors are
// those of gsmgw.Gateway.Begin: of cause.Unavailable the text may be in the journal already, so that no other card sends it too
// (invariant 10).
func (t *texts) by(ctx context.Context, company fmc.CompanyID, to, words, who string) error {
	c, ok := t.h.directory.Company(company)
	if !ok {
		return cause.Errorf(cause.NotFound, "there is no company %q on this node", company)
	}
	way, err := t.h.way(c, fmc.MessageOrder{To: to})
	if err != nil {
		return err
	}
	if !way.By.SIM {
		_, err = t.h.Send(ctx, company, "", to, words, who)
		return err
	}
	order := fmc.MessageOrder{To: to, Text: words, By: who, Why: way.Why}
	for _, card := range senders(c, to, t.free(c)) {
		order.From = string(card)
		var goOn func(bool)
		if _, goOn, err = t.h.gsm.Begin(c, order, time.Time{}); err == nil {
			return t.h.kept(ctx, goOn)
		}
		if cause.KindOf(err) == cause.Unavailable {
			return err
		}
	}
	return err
}

// free are the company's cards whose lines take a call now: one in a call sends only when that is answered.
func (t *texts) free(c *fmc.Company) map[fmc.ICCID]bool {
	free := map[fmc.ICCID]bool{}
	for _, l := range t.h.gsm.Lines(c) {
		if l.SIM != nil {
			free[l.SIM.ICCID] = l.Ready
		}
	}
	return free
}

// senders are a company's cards in the order in which they send to a person: those that are free first, and of them those
// of the mobile's operator.
func senders(c *fmc.Company, to string, free map[fmc.ICCID]bool) []fmc.ICCID {
	operator := ""
	if e, ok := c.Mobile(to); ok {
		operator = e.Operator
	}
	rank := func(s fmc.SIM) (n int) {
		if !free[s.ICCID] {
			n = 2
		}
		if operator == "" || !strings.EqualFold(s.Operator, operator) {
			n++
		}
		return n
	}
	sims := slices.Clone(c.SIMs)
	slices.SortStableFunc(sims, func(a, b fmc.SIM) int { return rank(a) - rank(b) })
	cards := make([]fmc.ICCID, len(sims))
	for i, s := range sims {
		cards[i] = s.ICCID
	}
	return cards
}
