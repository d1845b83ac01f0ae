package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"roadline/configs"
	"roadline/fmc"
)

// finding is what a check found of one file.
type finding struct {
	File    string        `json:"file"`
	Kind    string        `json:"kind"` // "machine" or "company"
	Company fmc.CompanyID `json:"company,omitempty"`
	Wrong   []string      `json:"wrong,omitempty"` // each with its line and what to write
}

// check reads files as serve and apply would.
func (p *program) check() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE...", Short: "Say whether machine and company files are right, without a server",
		Long: `Say whether machine and company files are right: with the line and what to write where they are not. Where one machine
file is among them, it is also checked that it grants the companies what they claim.`,
		Args: arguments(1, 1000, "files"),
		RunE: func(c *cobra.Command, args []string) error {
			var all []finding
			var machines []*configs.Machine
			companies := map[int]*fmc.Company{}
			for i, name := range args {
				text, err := p.file(c, name)
				if err != nil {
					return err
				}
				x := finding{File: name, Kind: "machine"}
				if configs.IsCompany(text) {
					x.Kind = "company"
					if companies[i], err = configs.ReadCompany(name, text); err == nil {
						x.Company = companies[i].Profile.ID
					}
				} else if m, bad := configs.ReadMachine(name, text); bad != nil {
					err = bad
				} else {
					machines = append(machines, m)
				}
				x.Wrong = configs.Lines(err)
				all = append(all, x)
			}
			if len(machines) == 1 {
				for i, company := range companies {
					if company == nil {
						continue
					}
					for _, line := range configs.Lines(machines[0].Granted(company)) {
						all[i].Wrong = append(all[i].Wrong, args[i]+": "+line)
					}
				}
			}
			return p.checked(all)
		},
	}
}

func (p *program) checked(all []finding) error {
	wrong := 0
	err := p.show(all, func(w io.Writer) {
		for _, x := range all {
			if len(x.Wrong) > 0 {
				continue
			}
			if x.Kind == "company" {
				fmt.Fprintf(w, "%s: company %s, right\n", x.File, x.Company)
			} else {
				fmt.Fprintf(w, "%s: machine, right\n", x.File)
			}
		}
	})
	for _, x := range all {
		for _, line := range x.Wrong {
			fmt.Fprintln(p.err, line)
		}
		if len(x.Wrong) > 0 {
			wrong++
		}
	}
	if err == nil && wrong > 0 {
		return failed("%d of %d files are wrong", wrong, len(all))
	}
	return err
}
