package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/cabinet/times"
	"roadline/fmc"
)

// line is about a company's SIM lines.
func (p *program) line() *cobra.Command {
	var company string
	list := &cobra.Command{
		Use: "list [COMPANY]", Short: "List a company's SIM lines: where they are, whether they can be used, and if not, why", Args: arguments(0, 1, "at most one company"),
		RunE: func(c *cobra.Command, args []string) error { return p.listLines(c, append(args, company)[0]) },
	}
	show := &cobra.Command{
		Use: "show LINE", Short: "Show one line: its state, how calls on it went, what it was used for", Args: arguments(1, 1, "one line, or the ICCID of its SIM"),
		RunE: func(c *cobra.Command, args []string) error { return p.showLine(c, company, args[0]) },
	}
	release := &cobra.Command{
		Use: "release LINE", Short: "Let a line take calls again that failures keep from it: you have looked at it", Args: arguments(1, 1, "one line, or the ICCID of its SIM"),
		RunE: func(c *cobra.Command, args []string) error { return p.releaseLine(c, company, args[0]) },
	}
	restart := p.restart(&company)
	c := parts(&cobra.Command{Use: "line", Short: "SIM lines of a company"}, list, show, release, restart, p.shadow(&company))
	c.PersistentFlags().StringVar(&company, "company", "", "whose line it is (may be left out where there is one company)")
	return c
}

// restart has a line's modem boot anew.
func (p *program) restart(company *string) *cobra.Command {
	var x cabinet.Restart
	c := &cobra.Command{
		Use: "restart LINE --reason REASON", Short: "Have a line's modem boot anew; not in a call, unless the call may be lost", Args: arguments(1, 1, "one line, or the ICCID of its SIM"),
		RunE: func(c *cobra.Command, args []string) error { return p.restartLine(c, *company, args[0], x) },
	}
	c.Flags().StringVar(&x.Reason, "reason", "", "why: it stands in the log")
	c.Flags().BoolVar(&x.Lose, "lose-call", false, "a call that goes on may be lost")
	return c
}

// lineID is the line that a person means, by its name or by its card.
func lineID(word string) string {
	if strings.Contains(word, ":") {
		return word
	}
	return string(fmc.ICCID(word).Line())
}

func (p *program) listLines(c *cobra.Command, company string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var all []fmc.LineView
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/lines", id), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) {
		var rows [][]string
		for _, l := range all {
			sim := simOf(l)
			rows = append(rows, []string{string(l.ID), dash(l.Name), dash(sim.Network), strength(sim.SignalDBm), used(sim.Used), strconv.Itoa(l.Queue), reason(l.State, l.Why)})
		}
		table(w, "LINE MODEM NETWORK SIGNAL TODAY QUEUE STATE", rows)
	})
}

// simOf is the line's card; the zero one of a line that says nothing of it.
func simOf(l fmc.LineView) fmc.SIMState {
	if l.SIM == nil {
		return fmc.SIMState{}
	}
	return *l.SIM
}

func strength(dBm int) string {
	if dBm == 0 {
		return "-"
	}
	return fmt.Sprintf("%d dBm", dBm)
}

// used is what a card was used for today.
func used(u fmc.SIMUsed) string {
	return fmt.Sprintf("%d calls, %.0f min, %d sms", u.Calls, u.Talk.Minutes(), u.Messages)
}

// reason is a state with the reason for it.
func reason(state, why string) string {
	if why == "" {
		return dash(state)
	}
	return state + ": " + why
}

func (p *program) showLine(c *cobra.Command, company, line string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x cabinet.LineDetail
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/lines/%s", id, lineID(line)), nil, &x); err != nil {
		return err
	}
	return p.show(x, func(w io.Writer) { p.writeLine(w, x) })
}

func (p *program) releaseLine(c *cobra.Command, company, line string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x fmc.LineView
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/lines/%s/release", id, lineID(line)), nil, &x); err != nil {
		return err
	}
	return p.show(x, func(w io.Writer) { fmt.Fprintf(w, "line %s released: %s\n", x.ID, reason(x.State, x.Why)) })
}

func (p *program) restartLine(c *cobra.Command, company, line string, x cabinet.Restart) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var l fmc.LineView
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/lines/%s/restart", id, lineID(line)), x, &l); err != nil {
		return err
	}
	return p.show(l, func(w io.Writer) { fmt.Fprintf(w, "modem of line %s restarted: %s\n", l.ID, reason(l.State, l.Why)) })
}

func (p *program) writeLine(w io.Writer, x cabinet.LineDetail) {
	l, sim := x.Line, simOf(x.Line)
	fmt.Fprintf(w, "line %s, %s\n", l.ID, reason(l.State, l.Why))
	if l.WayOut != "" {
		fmt.Fprintf(w, "to make it ready: %s\n", l.WayOut)
	}
	if !l.Since.IsZero() {
		fmt.Fprintf(w, "so since %s\n", p.moment(l.Since))
	}
	if l.Name != "" {
		fmt.Fprintf(w, "modem %s, %s %s, IMEI %s\n", l.Name, dash(l.Family), dash(l.Model), dash(l.IMEI))
		abroad := ""
		if sim.Roaming {
			abroad = ", roaming"
		}
		fmt.Fprintf(w, "network %s%s, signal %s\n", dash(sim.Network), abroad, strength(sim.SignalDBm))
	}
	if l.Call != "" {
		fmt.Fprintf(w, "in call %s\n", l.Call)
	}
	if l.Queue > 0 {
		fmt.Fprintf(w, "%d messages wait to be sent\n", l.Queue)
	}
	var rows [][]string
	for _, q := range []struct {
		name string
		cabinet.QualityShown
	}{{"day", x.Day}, {"week", x.Week}, {"month", x.Month}} {
		rows = append(rows, []string{
			q.name, strconv.Itoa(q.Calls), strconv.Itoa(q.Answered), fmt.Sprintf("%.0fs", float64(q.Talk)), setUp(q.Setup), setUp(q.Setup90), mos(q.MOS), strconv.Itoa(q.Mute),
		})
	}
	table(w, "LAST CALLS ANSWERED TALK SETUP 90% MOS MUTE", rows)
	writeUse(w, x.Use)
}

func setUp(s *times.Seconds) string {
	if s == nil {
		return "-"
	}
	return fmt.Sprintf("%.1fs", float64(*s))
}

// mos is an opinion score as people write it.
func mos(hundredths *int) string {
	if hundredths == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(*hundredths)/100)
}

func writeUse(w io.Writer, all []cabinet.UseShown) {
	if len(all) == 0 {
		return
	}
	var rows [][]string
	for _, u := range all {
		rows = append(rows, []string{u.Day, strconv.Itoa(u.Calls), fmt.Sprintf("%.1f min", float64(u.Talk)/60), strconv.Itoa(u.Messages)})
	}
	table(w, "DAY OUT TALK SMS", rows)
}
