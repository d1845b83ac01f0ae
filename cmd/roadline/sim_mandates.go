package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/store"
)

// mandateSIMs reports whose a company's cards are, and what they were used for from one day to another.
func (p *program) mandateSIMs(c *cobra.Command, company, from, to string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	q := url.Values{}
	for name, day := range map[string]string{"from": from, "to": to} {
		if day != "" {
			q.Set(name, day)
		}
	}
	var r cabinet.MandateReport
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/sims/mandates", id)+"?"+q.Encode(), nil, &r); err != nil {
		return err
	}
	return p.show(r, func(w io.Writer) { p.writeMandates(w, r) })
}

func (p *program) writeMandates(w io.Writer, r cabinet.MandateReport) {
	for i := range r.Cards {
		if m := &r.Cards[i]; m.Urgent() {
			fmt.Fprintf(w, "SIM %s is in use, and its mandate %s\n", m.ICCID, ends(m))
		}
	}
	var rows [][]string
	for i := range r.Cards {
		m := &r.Cards[i]
		owner, contract, uses := "-", "-", "-"
		if m.Mandate != nil {
			owner, contract, uses = m.Mandate.Owner, dash(m.Mandate.Contract), join(m.Mandate.For)
		}
		rows = append(rows, []string{string(m.ICCID), owner, contract, uses, ends(m), dash(strings.Join(m.Networks, " ")), dash(strings.Join(m.Countries, " ")), dash(strings.Join(m.Beyond, " ")), p.used(m.Uses)})
	}
	fmt.Fprintf(w, "used from %s to %s\n", r.From, r.To)
	table(w, "ICCID OWNER CONTRACT FOR MANDATE WAS-IN REACHED BEYOND USED", rows)
}

// ends says how a mandate stands, as what follows "its mandate".
func ends(m *cabinet.CardMandate) string {
	day := func(at *time.Time) string { return at.Format(time.DateOnly) } // as the company's document has it, on the company's clock
	switch m.Standing {
	case cabinet.MandateEnds:
		return "ends on " + day(m.Mandate.Until)
	case cabinet.MandateEnded:
		return "ended on " + day(m.Mandate.Until)
	case cabinet.MandateBegins:
		return "begins on " + day(m.Mandate.From)
	case cabinet.MandateNone:
		return "is not on file"
	case cabinet.MandateHolds:
	}
	return "holds"
}

// useWords are the ways in which a card is used.
var useWords = map[store.CardUseKind]string{store.CardCalled: "calls out", store.CardRung: "calls in", store.CardSent: "parts sent", store.CardReceived: "messages received"}

func (p *program) used(all []cabinet.CardUsed) string {
	var words []string
	for _, u := range all {
		words = append(words, strconv.Itoa(u.Count)+" "+useWords[u.Kind]+", "+p.moment(u.First)+" to "+p.moment(u.Last))
	}
	return dash(strings.Join(words, "; "))
}
