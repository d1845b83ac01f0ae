package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// shadow shows what own cards found of each other, and has them try each other.
func (p *program) shadow(company *string) *cobra.Command {
	var now bool
	var days int
	c := &cobra.Command{
		Use: "shadow [ICCID]", Short: "Show what calls and texts between own cards showed, or have them tested now", Args: arguments(0, 1, "at most one card"),
		RunE: func(c *cobra.Command, args []string) error {
			card := fmc.ICCID(append(args, "")[0])
			if now {
				return p.tryCards(c, *company, card)
			}
			return p.showShadow(c, *company, card, days)
		},
	}
	c.Flags().BoolVar(&now, "now", false, "have the card, or all of them, tested as soon as the lines are free")
	c.Flags().IntVar(&days, "days", 14, "for how many days back")
	return c
}

func (p *program) tryCards(c *cobra.Command, company string, card fmc.ICCID) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x cabinet.ShadowBegun
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/lines/shadow", id), cabinet.ShadowAsked{ShadowWish: cabinet.ShadowWish{ICCID: card}, By: osUser()}, &x); err != nil {
		return err
	}
	return p.show(x, func(w io.Writer) {
		for _, pair := range x.Pairs {
			fmt.Fprintf(w, "SIM %s calls SIM %s as soon as both lines are free\n", pair.From, pair.To)
		}
	})
}

func (p *program) showShadow(c *cobra.Command, company string, card fmc.ICCID, days int) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x cabinet.ShadowShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/lines/shadow?days=%s", id, strconv.Itoa(days)), nil, &x); err != nil {
		return err
	}
	if card != "" {
		x.Cards = slices.DeleteFunc(x.Cards, func(t cabinet.CardTried) bool { return t.ICCID != card })
		if len(x.Cards) == 0 {
			return cause.Errorf(cause.NotFound, "the company has no SIM card %s: see roadline sim list", card)
		}
		x.Attempts = slices.DeleteFunc(x.Attempts, func(a cabinet.ShadowAttempt) bool { return a.From != card && a.To != card })
	}
	return p.show(x, func(w io.Writer) { p.writeShadow(w, x, card != "") })
}

// writeShadow writes how each card is, and of attempts where they are those of one card.
func (p *program) writeShadow(w io.Writer, x cabinet.ShadowShown, attempts bool) {
	var rows [][]string
	for _, t := range x.Cards {
		when, well := "-", 0
		if t.At != nil {
			when = p.moment(*t.At)
		}
		for _, n := range t.Nights {
			if n.State == "well" {
				well++
			}
		}
		rows = append(rows, []string{string(t.ICCID), dash(t.Number), when, fmt.Sprintf("%d of %d", well, len(t.Nights)), reason(t.State, strings.Join(t.Verdict, "; "))})
	}
	table(w, "ICCID NUMBER LATEST WELL STATE", rows)
	if !attempts {
		return
	}
	rows = nil
	for _, a := range x.Attempts {
		rows = append(rows, []string{p.moment(a.At), string(a.From), string(a.To), reason(a.State, strings.Join(a.Verdict, "; "))})
	}
	table(w, "AT FROM TO STATE", rows)
}
