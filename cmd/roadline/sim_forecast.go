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

// forecastSIMs shows what the packages of a company's cards come to; of one card where it is named.
func (p *program) forecastSIMs(c *cobra.Command, company, iccid string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var all []cabinet.UseForecast
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/sims/forecast", id), nil, &all); err != nil {
		return err
	}
	if iccid != "" {
		all = slices.DeleteFunc(all, func(x cabinet.UseForecast) bool { return x.ICCID != fmc.ICCID(iccid) })
		if len(all) == 0 {
			return cause.Errorf(cause.NotFound, "nothing is foreseen of SIM %s: it is not the company's, or was used on fewer than %d days", iccid, fmc.LeastForeseen)
		}
	}
	return p.show(all, func(w io.Writer) { p.writeForecasts(w, all) })
}

func (p *program) writeForecasts(w io.Writer, all []cabinet.UseForecast) {
	var rows [][]string
	for _, x := range all {
		money := "-"
		if x.Money != nil {
			money = fmt.Sprintf("%.2f", x.Money.AtEnd)
		}
		rows = append(rows, []string{
			string(x.ICCID), limit(x.Package), strconv.Itoa(x.Used), strconv.Itoa(x.Likely), fmt.Sprintf("%d-%d", x.Least, x.Most), p.moment(x.Until), money,
		})
	}
	table(w, "ICCID PACKAGE USED LIKELY RANGE UNTIL MONEY", rows)
	for _, x := range all {
		fmt.Fprintln(w, p.advice(x))
	}
}

// advice says in a sentence how a package comes out, and what can be done about it.
func (p *program) advice(x cabinet.UseForecast) string {
	switch {
	case x.Package == 0:
		return fmt.Sprintf("SIM %s: about %d min in all", x.ICCID, x.Likely)
	case x.Short == 0:
		return fmt.Sprintf("SIM %s: %d min will be left", x.ICCID, x.Left)
	}
	var moves []string
	for _, m := range x.Moves {
		moves = append(moves, fmt.Sprintf("move %d min a day to SIM %s until %s", m.PerDay, m.To, p.moment(m.Until)))
	}
	moves = append(moves, fmt.Sprintf("buy %d min", x.Short))
	return fmt.Sprintf("SIM %s will run out on %s: %s", x.ICCID, x.Out, strings.Join(moves, ", or "))
}
