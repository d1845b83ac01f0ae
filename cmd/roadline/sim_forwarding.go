package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/cabinet/document"
	"roadline/cabinet/times"
)

// simForwarding is where the calls of a card go that it cannot take.
func (p *program) simForwarding(company *string) *cobra.Command {
	var change cabinet.Forward
	var after int
	var look, none bool
	c := &cobra.Command{
		Use: "forwarding ICCID", Short: "Show, change or look at where a SIM's network takes the calls that it cannot", Args: arguments(1, 1, "the ICCID of a SIM"),
		Long: `Show where a SIM's network takes the calls that it cannot: as the company's document wishes it, as it was found, and how
many calls came so. With --busy, --no-reply, --unreachable, --none or --common a new version of the document is made, in
which nothing else is changed; the server asks and tells the network by itself. With --look it does so now.`,
	}
	f := c.Flags()
	f.StringVar(&change.Busy, "busy", "", "the number of the company where calls go while the SIM is in another")
	f.StringVar(&change.NoReply, "no-reply", "", "the number where calls go that nobody takes")
	f.IntVar(&after, "after", 0, "the seconds after which they do, 5 to 30 in steps of 5; default 25")
	f.StringVar(&change.Unreachable, "unreachable", "", "the number where calls go while the SIM has no network")
	f.BoolVar(&none, "none", false, "calls go nowhere")
	f.BoolVar(&change.Common, "common", false, "as the document has it of all SIMs")
	f.BoolVar(&look, "look", false, "ask the network now, and have it set right")
	f.StringVar(&change.Reason, "reason", "", "why it is changed; kept in the history")
	f.StringVar(&change.Author, "author", "", "who; default the account of this machine")
	f.Int64Var(&change.Base, "base", 0, "the generation that was looked at; default the newest")
	f.BoolVar(&change.DryRun, "dry-run", false, "show what would change, and change nothing")
	f.StringVar(&change.Override, "override", "", "apply although the company's tests fail, for this reason")
	c.RunE = func(c *cobra.Command, args []string) error {
		change.After = times.Seconds(after)
		wishes := change.Busy != "" || change.NoReply != "" || change.Unreachable != ""
		if change.Author == "" {
			change.Author = osUser()
		}
		switch {
		case wishes && (none || change.Common) || none && change.Common:
			return use(c, "write numbers, --none or --common, and no two of them")
		case wishes || none || change.Common:
			if look {
				return use(c, "a change has the network told by itself: leave --look out")
			}
			return p.forwardSIM(c, *company, args[0], change)
		case look:
			return p.lookAtForwarding(c, *company, args[0], change.Author)
		}
		return p.showForwarding(c, *company, args[0])
	}
	return c
}

func (p *program) forwardSIM(c *cobra.Command, company, iccid string, change cabinet.Forward) error {
	if change.Reason == "" && !change.DryRun {
		return use(c, "--reason is missing: say why, for whoever reads the history")
	}
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var done document.Applied
	if err := s.ask(c.Context(), http.MethodPut, at("companies/%s/sims/%s/forwarding", id, iccid), change, &done); err != nil {
		return err
	}
	base := done.Generation
	if !change.DryRun {
		base--
	}
	return p.show(done, func(w io.Writer) { showApplied(w, document.Apply{Base: base, DryRun: change.DryRun}, done, true) })
}

func (p *program) lookAtForwarding(c *cobra.Command, company, iccid, by string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var l cabinet.LookShown
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/sims/%s/forwarding/look", id, iccid), cabinet.Look{By: by}, &l); err != nil {
		return err
	}
	return p.show(l, func(w io.Writer) { p.writeLook(w, l) })
}

func (p *program) showForwarding(c *cobra.Command, company, iccid string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x cabinet.ForwardingShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/sims/%s/forwarding", id, iccid), nil, &x); err != nil {
		return err
	}
	return p.show(x, func(w io.Writer) {
		switch {
		case !x.Wished:
			fmt.Fprintf(w, "SIM %s: the document does not say where its calls go, and nobody looks\n", x.ICCID)
		case x.Own:
			fmt.Fprintf(w, "SIM %s: %s, by its own entry\n", x.ICCID, forwards(x.Wish))
		default:
			fmt.Fprintf(w, "SIM %s: %s, as all SIMs\n", x.ICCID, forwards(x.Wish))
		}
		fmt.Fprintf(w, "calls that came so in %d days: %d, %d min; the SIM paid for the way on\n", x.Brought.Days, x.Brought.Calls, int(x.Brought.Talk+59)/60)
		for _, l := range x.Looks {
			p.writeLook(w, l)
		}
	})
}

func (p *program) writeLook(w io.Writer, l cabinet.LookShown) {
	who := string(l.Asked)
	if l.By != "" {
		who = l.By
	}
	fmt.Fprintf(w, "%s (%s): %s; found %s", p.moment(l.At), who, reason(string(l.State), l.Why), forwards(l.Found))
	if forwards(l.Left) != forwards(l.Found) {
		fmt.Fprintf(w, "; left %s", forwards(l.Left))
	}
	if len(l.Strange) > 0 {
		fmt.Fprintf(w, "; not the company's: %s", strings.Join(l.Strange, " "))
	}
	fmt.Fprintln(w)
}

// forwards says in a few words where calls go.
func forwards(f cabinet.ForwardsTo) string {
	var words []string
	say := func(what, to string) {
		if to != "" {
			words = append(words, what+" to "+to)
		}
	}
	say("all", f.Always)
	say("busy", f.Busy)
	if f.NoReply != "" && f.After > 0 {
		say(fmt.Sprintf("no reply after %d s", int(f.After)), f.NoReply)
	} else {
		say("no reply", f.NoReply)
	}
	say("unreachable", f.Unreachable)
	if len(f.Unknown) > 0 {
		words = append(words, "not told: "+strings.Join(named(f.Unknown), ", "))
	}
	if len(words) == 0 {
		return "nowhere"
	}
	return strings.Join(words, ", ")
}

func named[T ~string](all []T) (names []string) {
	for _, x := range all {
		names = append(names, string(x))
	}
	return names
}
