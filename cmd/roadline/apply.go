package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/user"

	"github.com/spf13/cobra"

	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc/cause"
)

// apply makes a file a company's newest version.
func (p *program) apply() *cobra.Command {
	var a document.Apply
	base, folder := int64(-1), ""
	c := &cobra.Command{
		Use: "apply FILE", Short: "Show what a company file would change, run its tests, and apply it",
		Long: `Show what a company file would change, run the company's own tests, and apply it: all of it or nothing. Where the
company has a newer version than the one that the file was made from (--base, otherwise the newest), it is refused.`,
		Example: `  roadline apply acme.yaml --reason "Petrov joins sales"
  roadline apply acme.yaml --dry-run
  roadline apply acme.yaml --reason "a new machine" --sounds acme-sounds`,
		Args: arguments(1, 1, "one company file, - for standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			if a.Reason == "" && !a.DryRun {
				return use(c, "--reason is missing: say why, for whoever reads the history")
			}
			if a.Author == "" {
				a.Author = osUser()
			}
			text, err := p.file(c, args[0])
			if err != nil {
				return err
			}
			sounds, err := soundsIn(c, folder)
			if err != nil {
				return err
			}
			a.File, a.Document = args[0], string(text)
			return p.doApply(c, a, base, sounds)
		},
	}
	flags := c.Flags()
	flags.StringVar(&a.Reason, "reason", "", "why; kept in the history")
	flags.StringVar(&a.Author, "author", "", "who; default the account of this machine")
	flags.Int64Var(&base, "base", -1, "the generation that the file was made from; 0 for a new company")
	flags.BoolVar(&a.DryRun, "dry-run", false, "show what would change, and change nothing")
	flags.StringVar(&a.Override, "override", "", "apply although the company's tests fail, for this reason")
	flags.StringVar(&folder, "sounds", "", "then upload the sounds in this folder, as roadline export --sounds wrote them")
	return c
}

// osUser is who sits at this machine.
func osUser() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

func (p *program) doApply(c *cobra.Command, a document.Apply, base int64, sounds []soundFile) error {
	company, err := configs.ReadCompany(a.File, []byte(a.Document))
	if err != nil {
		return err
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	id := string(company.Profile.ID)
	if a.Base = base; base < 0 {
		if a.Base, err = s.newest(c, id); err != nil {
			return err
		}
	}
	var done document.Applied
	err = s.ask(c.Context(), http.MethodPut, at("companies/%s/document", id), a, &done)
	if no, ok := errors.AsType[*refused](err); ok && len(no.Tests) > 0 {
		done = document.Applied{Company: company.Profile.ID, Generation: a.Base, Changes: no.Changes, Tests: no.Tests}
	} else if err != nil {
		return err
	}
	if shown := p.show(done, func(w io.Writer) { showApplied(w, a, done, err == nil) }); shown != nil {
		return shown
	}
	if n := failures(done.Tests); err == nil && a.DryRun && n > 0 && a.Override == "" {
		return failed("%d of %d tests fail: it would not be applied without --override", n, len(done.Tests))
	}
	if err != nil || a.DryRun {
		return err
	}
	return p.readSounds(c, s, id, sounds)
}

// newest is the company's generation, 0 where there is none.
func (s *server) newest(c *cobra.Command, id string) (int64, error) {
	var versions []document.VersionShown
	err := s.ask(c.Context(), http.MethodGet, at("companies/%s/versions", id), nil, &versions)
	switch {
	case errors.Is(err, cause.NotFound):
		return 0, nil
	case err != nil || len(versions) == 0:
		return 0, err
	}
	return versions[0].Generation, nil
}

func showApplied(w io.Writer, a document.Apply, done document.Applied, ok bool) {
	if len(done.Changes) == 0 {
		fmt.Fprintf(w, "%s: nothing changes, generation %d stands\n", done.Company, done.Generation)
		return
	}
	if a.Base == 0 {
		fmt.Fprintf(w, "%s: a new company\n", done.Company)
	} else {
		fmt.Fprintf(w, "%s: changes to generation %d\n", done.Company, a.Base)
	}
	for _, change := range done.Changes {
		fmt.Fprintln(w, "  "+change)
	}
	showTests(w, done.Tests)
	switch {
	case !ok:
	case a.DryRun:
		fmt.Fprintln(w, "nothing was applied: this was a dry run")
	case done.InForce:
		fmt.Fprintf(w, "applied as generation %d, and in force\n", done.Generation)
	default:
		fmt.Fprintf(w, "applied as generation %d; the node takes it up as soon as it hears of it\n", done.Generation)
	}
}
