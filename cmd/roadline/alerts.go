package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// alerts lists what somebody of a company should look at.
func (p *program) alerts() *cobra.Command {
	var company string
	c := &cobra.Command{
		Use: "alerts [COMPANY]", Short: "List what somebody should look at: wrong PINs, forbidden destinations, caps that are used up",
		Example: "  roadline alerts acme --kind pin_locked --from 2026-11-23",
	}
	c.Flags().StringVar(&company, "company", "", "whose alerts (may be left out where there is one company)")
	return listOf(p, c, &company, "alerts", []filter{
		{"from", "at or after: \"2026-11-23\", \"2026-11-23 10:00\""},
		{"to", "before"},
		{"kind", "first_use, pin_wrong, pin_locked, cap, destination, emergency, call_back"},
		{"employee", "whom it is about"},
	}, func(page cabinet.AlertsShown) error {
		return p.show(page, func(w io.Writer) {
			var rows [][]string
			for _, x := range page.Alerts {
				rows = append(rows, []string{p.moment(x.At), x.Kind, dash(string(x.Employee)), plainly(x.About), string(x.Call), plainly(x.Text)})
			}
			table(w, "AT KIND EMPLOYEE ABOUT CALL TEXT", rows)
			more(w, page.Next)
		})
	})
}

// more says how to see the next page.
func more(w io.Writer, next string) {
	if next != "" {
		fmt.Fprintf(w, "more: --after %s\n", next)
	}
}
