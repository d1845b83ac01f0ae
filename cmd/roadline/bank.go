package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc"
)

// bank is about the cards of SIM banks, and the modems that they serve.
func (p *program) bank() *cobra.Command {
	var company string
	var x cabinet.CardPlace
	list := &cobra.Command{
		Use: "list", Short: "List the cards in the node's SIM banks, which modem each is to serve and does serve, and why not", Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return p.listBanks(c) },
	}
	move := &cobra.Command{
		Use: "move ICCID MODEM", Short: "Have a card of a SIM bank serve a modem from now on", Args: arguments(2, 2, "the ICCID of a SIM and the name of a modem"),
		Long: `Have a card of a SIM bank serve a modem from now on. The card leaves the modem that it serves; what it is used for goes with
it: number, limits, history. A call that goes on by it is waited for. The card must be the company's, and have a mandate. The
wish is kept: whatever becomes of the bank's server, the card comes to serve there.`,
		RunE: func(c *cobra.Command, args []string) error {
			x.Modem = args[1]
			return p.placeCard(c, company, args[0], x)
		},
	}
	free := &cobra.Command{
		Use: "free ICCID", Short: "Have a card of a SIM bank serve no modem", Args: arguments(1, 1, "the ICCID of a SIM"),
		RunE: func(c *cobra.Command, args []string) error { return p.placeCard(c, company, args[0], x) },
	}
	history := &cobra.Command{
		Use: "history ICCID", Short: "Show who moved a card of a SIM bank, when and why", Args: arguments(1, 1, "the ICCID of a SIM"),
		RunE: func(c *cobra.Command, args []string) error { return p.cardMoves(c, company, args[0]) },
	}
	for _, c := range []*cobra.Command{move, free} {
		c.Flags().StringVar(&x.Reason, "reason", "", "why; kept in the history")
		c.Flags().StringVar(&x.Author, "author", "", "who; default the account of this machine")
		c.Flags().BoolVar(&x.Lose, "lose-call", false, "a call that goes on by either modem may be lost")
	}
	c := parts(&cobra.Command{Use: "bank", Short: "SIM banks: which card serves which modem"}, list, move, free, history)
	c.PersistentFlags().StringVar(&company, "company", "", "whose SIM it is (may be left out where there is one company)")
	return c
}

func (p *program) listBanks(c *cobra.Command) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var all []fmc.BankView
	if err := s.ask(c.Context(), http.MethodGet, at("banks"), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) { writeBanks(w, all) })
}

func (p *program) placeCard(c *cobra.Command, company, iccid string, x cabinet.CardPlace) error {
	if x.Reason == "" {
		return use(c, "--reason is missing: say why, for whoever reads the history")
	}
	if x.Author == "" {
		x.Author = osUser()
	}
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var all []fmc.BankView
	if err := s.ask(c.Context(), http.MethodPut, at("companies/%s/sims/%s/place", id, iccid), x, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) { writeBanks(w, all) })
}

func (p *program) cardMoves(c *cobra.Command, company, iccid string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var all []fmc.CardMoved
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/sims/%s/moves", id, iccid), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) {
		var rows [][]string
		for _, m := range all {
			rows = append(rows, []string{p.moment(m.At), string(m.Bank), dash(m.Was), dash(m.Modem), m.By, m.Reason})
		}
		table(w, "AT BANK FROM TO BY REASON", rows)
	})
}

func writeBanks(w io.Writer, all []fmc.BankView) {
	for _, b := range all {
		fmt.Fprintf(w, "bank %s, %s\n", b.Bank, reason(string(b.State), b.Why))
		var rows [][]string
		for _, s := range b.Slots {
			rows = append(rows, []string{
				fmt.Sprintf("%d/%d", s.BankID, s.Slot), dash(string(s.SIM)), dash(string(s.Company)), dash(s.Modem), dash(s.Serves), reason(string(s.State), s.Why),
			})
		}
		table(w, "SLOT ICCID COMPANY MODEM SERVES STATE", rows)
		rows = nil
		for _, m := range b.Modems {
			state := "client away"
			if m.Connected {
				state = "client there"
			}
			if m.InCall {
				state += ", in a call"
			}
			rows = append(rows, []string{m.Modem, fmt.Sprintf("%d/%d", m.Client, m.Slot), dash(string(m.SIM)), state})
		}
		table(w, "MODEM CLIENT ICCID STATE", rows)
	}
}
