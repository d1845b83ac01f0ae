package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc"
)

// card is about SIM cards in card readers.
func (p *program) card() *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "Read the SIM cards in the node's card readers; no PIN is entered", Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return p.listCards(c) },
	}
	var x cabinet.CardUnlock
	unlock := &cobra.Command{
		Use: "unlock ICCID", Short: "Enter the PIN on file in a SIM card in a reader, and show what is then read", Args: arguments(1, 1, "the ICCID of a SIM"),
		Long: `Enter the PIN on file in a SIM card in a reader, and show what is then read. It is entered once, if more than one attempt
is known to be left and this PIN never failed on this card. The card is locked again when it is let go of.`,
		RunE: func(c *cobra.Command, args []string) error { return p.unlockCard(c, args[0], x) },
	}
	unlock.Flags().BoolVar(&x.Looked, "looked", false, "you have looked at the card: a PIN that failed before may be tried once more")
	return parts(&cobra.Command{Use: "card", Short: "SIM cards in card readers of this machine"}, list, unlock)
}

func (p *program) listCards(c *cobra.Command) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var all []fmc.CardView
	if err := s.ask(c.Context(), http.MethodGet, at("cards"), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) { writeCards(w, all) })
}

func (p *program) unlockCard(c *cobra.Command, iccid string, x cabinet.CardUnlock) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var card fmc.CardView
	if err := s.ask(c.Context(), http.MethodPost, at("cards/%s/unlock", iccid), x, &card); err != nil {
		return err
	}
	return p.show(card, func(w io.Writer) { writeCards(w, []fmc.CardView{card}) })
}

func writeCards(w io.Writer, all []fmc.CardView) {
	var rows [][]string
	for _, x := range all {
		attempts := "not known"
		if x.Attempts != nil {
			attempts = fmt.Sprint(*x.Attempts)
		}
		rows = append(rows, []string{
			x.Reader, dash(x.Kind), dash(string(x.ICCID)), dash(x.IMSI), dash(x.Number), dash(x.Provider), attempts, dash(string(x.Company)), reason(x.State, x.Why),
		})
	}
	table(w, "READER KIND ICCID IMSI NUMBER PROVIDER ATTEMPTS COMPANY STATE", rows)
}
