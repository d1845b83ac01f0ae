package configs

import (
	"cmp"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

func (r *companyReader) conferences(n *yaml.Node) {
	r.list(n, "conferences", func(n *yaml.Node) {
		var x fmc.Conference
		r.fields(n, "conference", map[string]field{
			"id": func(n *yaml.Node) {
				x.ID = fmc.ConferenceID(r.id(n, "conference id"))
				r.unique(n, "conference", string(x.ID))
			},
			"name":      func(n *yaml.Node) { x.Name = r.spoken(n, "name", mostName) },
			"extension": func(n *yaml.Node) { x.Extension = r.extension(n) },
			"record":    func(n *yaml.Node) { x.Record = r.yes(n, "record") },
		})
		r.require(n, "conference", "id", "\"id: standup\"")
		x.Name = cmp.Or(x.Name, string(x.ID))
		r.c.Conferences = append(r.c.Conferences, x)
	})
}

func (r *companyReader) referConference(n *yaml.Node) fmc.ConferenceID {
	id := fmc.ConferenceID(r.text(n, "conference"))
	r.refer(n, "conference", func() bool { _, ok := r.c.Conference(id); return ok }, func() []string {
		var all []string
		for _, x := range r.c.Conferences {
			all = append(all, string(x.ID))
		}
		return all
	})
	return id
}
