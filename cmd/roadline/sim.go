package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/cabinet/document"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// sim is about a company's SIM cards.
func (p *program) sim() *cobra.Command {
	var company, trunk, from, to string
	var change cabinet.Rebind
	list := &cobra.Command{
		Use: "list", Short: "List a company's SIM cards: whose they are, which numbers they carry, where they were seen", Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return p.listSIMs(c, company) },
	}
	show := &cobra.Command{
		Use: "show ICCID", Short: "Show one SIM card: its mandate, limits and balance, what it was used for, its history", Args: arguments(1, 1, "the ICCID of a SIM"),
		RunE: func(c *cobra.Command, args []string) error { return p.showSIM(c, company, args[0]) },
	}
	forecast := &cobra.Command{
		Use: "forecast [ICCID]", Short: "Foresee what the packages of a company's SIM cards come to, and what can be done about those that will not suffice",
		Args: arguments(0, 1, "at most one ICCID"),
		RunE: func(c *cobra.Command, args []string) error { return p.forecastSIMs(c, company, append(args, "")[0]) },
	}
	mandates := &cobra.Command{
		Use: "mandates", Short: "Report whose a company's SIM cards are, what they may be used for, and what they were used for",
		Args: arguments(0, 0, "no arguments"), RunE: func(c *cobra.Command, _ []string) error { return p.mandateSIMs(c, company, from, to) },
	}
	mandates.Flags().StringVar(&from, "from", "", "the first day, as 2026-11-01; default the thirtieth before --to")
	mandates.Flags().StringVar(&to, "to", "", "the last day; default today")
	bind := &cobra.Command{
		Use: "bind ICCID NUMBER", Short: "Have a number of the company carried by a SIM", Args: arguments(2, 2, "the ICCID of a SIM and a number of the company"),
		Long: `Have a number of the company carried by a SIM from now on: a new version of the company's document, in which what
says so is changed and nothing else. Calls and messages are found by the number, whatever carried it. A SIM that had the
number until now needs another (--spare), or is taken out of the document first.`,
		RunE: func(c *cobra.Command, args []string) error {
			change.Number = args[1]
			return p.rebind(c, company, args[0], change)
		},
	}
	release := &cobra.Command{
		Use: "release NUMBER", Short: "Have a number that a SIM carries carried by a trunk again", Args: arguments(1, 1, "a number of the company"),
		RunE: func(c *cobra.Command, args []string) error {
			if trunk == "" {
				return use(c, "--trunk is missing: say which trunk carries the number from now on")
			}
			change.Number, change.Trunk = args[0], fmc.TrunkID(trunk)
			return p.rebind(c, company, "", change)
		},
	}
	release.Flags().StringVar(&trunk, "trunk", "", "the trunk that carries it from now on")
	for _, c := range []*cobra.Command{bind, release} {
		c.Flags().StringVar(&change.Reason, "reason", "", "why; kept in the history")
		c.Flags().StringVar(&change.Author, "author", "", "who; default the account of this machine")
		c.Flags().StringVar(&change.Spare, "spare", "", "the number that the SIM which had it has from now on")
		c.Flags().Int64Var(&change.Base, "base", 0, "the generation that was looked at; default the newest")
		c.Flags().BoolVar(&change.DryRun, "dry-run", false, "show what would change, and change nothing")
		c.Flags().StringVar(&change.Override, "override", "", "apply although the company's tests fail, for this reason")
	}
	c := parts(&cobra.Command{Use: "sim", Short: "SIM cards of a company"}, list, show, forecast, mandates, p.simForwarding(&company), bind, release)
	c.PersistentFlags().StringVar(&company, "company", "", "whose SIM it is (may be left out where there is one company)")
	return c
}

func (p *program) listSIMs(c *cobra.Command, company string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var all []cabinet.SIMShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/sims", id), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) {
		var rows [][]string
		for _, x := range all {
			rows = append(rows, []string{
				string(x.ICCID), dash(x.Number), dash(strings.Join(x.Bound, " ")), dash(x.Operator), dash(string(x.Person)), mandated(x), dash(x.Modem), balance(x.Balance), reason(x.State, x.Why),
			})
		}
		table(w, "ICCID NUMBER CARRIES OPERATOR PERSON MANDATE MODEM BALANCE STATE", rows)
	})
}

// mandated is whose a card is, or why it is not used.
func mandated(x cabinet.SIMShown) string {
	switch {
	case x.Unknown:
		return "not in the document"
	case x.Owner == "":
		return "none"
	}
	return x.Owner
}

// balance is what was left on a card.
func balance(b *store.SIMBalance) string {
	switch {
	case b == nil:
		return "-"
	case b.Amount == "" && b.Minutes == nil:
		return "not understood"
	}
	var words []string
	if b.Amount != "" {
		words = append(words, b.Amount)
	}
	if b.Minutes != nil {
		words = append(words, fmt.Sprintf("%d min", *b.Minutes))
	}
	return strings.Join(words, ", ")
}

func (p *program) showSIM(c *cobra.Command, company, iccid string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x cabinet.SIMDetail
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/sims/%s", id, iccid), nil, &x); err != nil {
		return err
	}
	return p.show(x, func(w io.Writer) { p.writeSIM(w, x) })
}

func (p *program) writeSIM(w io.Writer, x cabinet.SIMDetail) {
	fmt.Fprintf(w, "SIM %s, %s\n", x.ICCID, reason(x.State, x.Why))
	fmt.Fprintf(w, "number %s, carries %s, operator %s, tariff %s, first for %s\n",
		dash(x.Number), dash(strings.Join(x.Bound, " ")), dash(x.Operator), dash(x.Tariff), dash(string(x.Person)))
	switch m := x.Mandate; {
	case x.Unknown:
		fmt.Fprintln(w, "not in the company's document: it is not used")
	case m == nil:
		fmt.Fprintln(w, "no mandate: it is not used")
	default:
		where := dash(strings.Join(m.Where, " "))
		if len(m.Where) == 0 {
			where = "the company's country"
		}
		fmt.Fprintf(w, "mandate of %s, contract %s, for %s, to %s\n", m.Owner, dash(m.Contract), join(m.For), where)
	}
	fmt.Fprintf(w, "limits a day: %s calls, %s min, %s sms; package a month: %s min, %s sms\n",
		limit(x.Limits.Calls), limit(int(x.Limits.Talk/60)), limit(x.Limits.Messages), limit(x.Package.Minutes), limit(x.Package.Messages))
	if x.IMEI != "" || x.IMSI != "" {
		fmt.Fprintf(w, "IMSI %s, last in a module with IMEI %s\n", dash(x.IMSI), dash(x.IMEI))
	}
	writeUse(w, x.Use)
	for _, b := range x.Balances {
		fmt.Fprintf(w, "balance %s: %s (%q)\n", p.moment(b.At), balance(&b), b.Answer)
	}
	for _, h := range x.History {
		fmt.Fprintf(w, "%s in %s: %s\n", p.moment(h.At), dash(h.Modem), reason(h.State, h.Why))
	}
}

func join(uses []fmc.SIMUse) string {
	var words []string
	for _, u := range uses {
		words = append(words, string(u))
	}
	return dash(strings.Join(words, " and "))
}

// limit is a number of which 0 stands for no limit.
func limit(n int) string {
	if n == 0 {
		return "any"
	}
	return fmt.Sprint(n)
}

// rebind has a number carried by a card, or where the change names a trunk, by that and no longer by its card.
func (p *program) rebind(c *cobra.Command, company, iccid string, change cabinet.Rebind) error {
	if change.Reason == "" && !change.DryRun {
		return use(c, "--reason is missing: say why, for whoever reads the history")
	}
	if change.Author == "" {
		change.Author = osUser()
	}
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	if iccid == "" {
		if iccid, err = s.carrierOf(c, id, change.Number); err != nil {
			return err
		}
	}
	var done document.Applied
	if err := s.ask(c.Context(), http.MethodPut, at("companies/%s/sims/%s/number", id, iccid), change, &done); err != nil {
		return err
	}
	base := done.Generation
	if !change.DryRun {
		base--
	}
	return p.show(done, func(w io.Writer) {
		showApplied(w, document.Apply{Base: base, DryRun: change.DryRun}, done, true)
	})
}

// carrierOf returns the card that carries a number.
func (s *server) carrierOf(c *cobra.Command, company, number string) (string, error) {
	var all []cabinet.SIMShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/sims", company), nil, &all); err != nil {
		return "", err
	}
	for _, x := range all {
		if slices.Contains(x.Bound, fmc.Peer(number, "")) {
			return string(x.ICCID), nil
		}
	}
	return "", cause.Errorf(cause.NotFound, "no SIM of the company carries %s: write the number with its plus, as \"roadline sim list\" shows it", number)
}
