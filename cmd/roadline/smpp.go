package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// smpp is about message centres and the company's programs.
func (p *program) smpp() *cobra.Command {
	var company string
	list := &cobra.Command{
		Use: "list", Short: "List the company's programs and message centres, and what a program was not told", Args: arguments(0, 0, "nothing"),
		RunE: func(c *cobra.Command, _ []string) error { return p.listPrograms(c, company) },
	}
	secret := &cobra.Command{
		Use: "secret PROGRAM", Short: "Give a program a new password to bind with; it is shown once", Args: arguments(1, 1, "the id of a program"),
		Example: "  roadline smpp secret crm",
		RunE:    func(c *cobra.Command, args []string) error { return p.makeSecret(c, company, args[0]) },
	}
	again := &cobra.Command{
		Use: "again N", Short: "Tell a program again what it may have, or refused", Args: arguments(1, 1, "the number of a delivery"),
		RunE: func(c *cobra.Command, args []string) error { return p.repeatDelivery(c, company, args[0]) },
	}
	var from, to, by string
	way := &cobra.Command{
		Use: "way", Short: "Say by what a message would leave, and why; nothing is sent", Args: arguments(0, 0, "nothing"),
		Example: "  roadline smpp way --from ACME --to +79161234567",
		RunE: func(c *cobra.Command, _ []string) error {
			return p.messageWay(c, company, url.Values{"from": {from}, "to": {to}, "program": {by}})
		},
	}
	way.Flags().StringVar(&from, "from", "", "a number or a name of the company; default whichever may")
	way.Flags().StringVar(&to, "to", "", "whom it goes to")
	way.Flags().StringVar(&by, "program", "", "the program that sends it")
	c := parts(&cobra.Command{Use: "smpp", Short: "Messages by SMPP: programs that bind here, and message centres"}, list, secret, again, way)
	c.PersistentFlags().StringVar(&company, "company", "", "whose (may be left out where there is one company)")
	return c
}

func (p *program) listPrograms(c *cobra.Command, company string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var all cabinet.ProgramsShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/programs", id), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) {
		var rows [][]string
		for _, x := range all.Programs {
			rows = append(rows, []string{string(x.ID), dash(x.SystemID), strconv.Itoa(x.Binds), strconv.FormatUint(x.Sent, 10), strconv.FormatUint(x.Throttled, 10), strconv.Itoa(x.Waiting)})
		}
		table(w, "PROGRAM SYSTEM_ID BINDS SENT THROTTLED WAITING", rows)
		rows = nil
		for _, x := range all.Centres {
			for _, l := range x.Links {
				state := "up"
				if !l.Up {
					state = "down"
				}
				rows = append(rows, []string{string(x.ID), l.Bind, state, p.moment(l.Since), strconv.Itoa(x.Waiting), dash(plainly(l.Why))})
			}
		}
		if len(rows) > 0 {
			table(w, "CENTRE BIND STATE SINCE WAITING WHY", rows)
		}
		rows = nil
		for _, d := range all.Deliveries {
			rows = append(rows, []string{strconv.FormatInt(d.N, 10), string(d.Program), string(d.Message), string(d.Told), string(d.State), strconv.Itoa(d.Tries), dash(plainly(d.Why))})
		}
		if len(rows) > 0 {
			table(w, "N PROGRAM MESSAGE TOLD STATE TRIES WHY", rows)
		}
	})
}

func (p *program) makeSecret(c *cobra.Command, company, of string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var made cabinet.ProgramSecretMade
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/programs/%s/secret", id, of), map[string]string{"author": osUser()}, &made); err != nil {
		return err
	}
	return p.show(made, func(w io.Writer) {
		fmt.Fprintf(w, "%s binds with system_id %s and password %s; the password is not shown again\n", made.Program, made.SystemID, made.Password)
	})
}

func (p *program) repeatDelivery(c *cobra.Command, company, n string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var done struct{}
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/deliveries/%s/again", id, n), struct{}{}, &done); err != nil {
		return err
	}
	return p.show(done, func(w io.Writer) { fmt.Fprintf(w, "delivery %s waits for its program again\n", n) })
}

func (p *program) messageWay(c *cobra.Command, company string, q url.Values) error {
	if q.Get("to") == "" {
		return use(c, "--to is missing: say whom the message goes to")
	}
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var way cabinet.WayShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/way", id)+"?"+q.Encode(), nil, &way); err != nil {
		return err
	}
	return p.show(way, func(w io.Writer) { fmt.Fprintf(w, "by %s as %s: %s\n", way.By, dash(way.From), way.Why) })
}
