package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
)

var numberRoutes = []route{
	{pattern: "GET /company/numbers", right: access.DocumentRead, do: numbersPage},
	{pattern: "GET /company/numbers/+new", right: access.DocumentChange, do: newNumber},
	{pattern: "POST /company/numbers/+new", right: access.DocumentChange, do: newNumber},
	{pattern: "GET /company/numbers/{number}", right: access.DocumentChange, do: numberPage},
	{pattern: "POST /company/numbers/{number}", right: access.DocumentChange, do: numberPage},
	{pattern: "POST /company/numbers/{number}/remove", right: access.DocumentChange, do: removeNumber},
}

func numbersPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	view := thingsView{
		settings: s, Title: v.say("company.numbers"), Intro: v.say("number.intro"), Add: "/company/numbers/+new", AddText: v.say("number.new"), Empty: v.say("number.none"),
	}
	for _, n := range s.company.Numbers {
		row := thing{Title: v.phone(n.Number), Path: "/company/numbers/" + n.Number.E164, Words: []said{v.leads(s.company, n)}}
		switch {
		case n.Trunk != "":
			row.Words = append(row.Words, said{v.say("number.by-trunk"), string(n.Trunk)})
		case n.SIM != "":
			row.Words = append(row.Words, v.bySIM(row.Title, n.SIM))
		}
		row.State, row.Told = v.proof(n)
		view.Things = append(view.Things, row)
	}
	return page{screen: "things", title: view.Title, view: view}, nil
}

// bySIM says by which card a number is called, where the card's name is not the number itself.
func (v *visit) bySIM(number string, card fmc.ICCID) said {
	if name := v.cardName(card); name != number {
		return said{v.say("number.by-sim"), name}
	}
	return said{Text: v.say("number.by-sim")}
}

// leads says where a call to a number goes.
func (v *visit) leads(c *fmc.Company, n fmc.Number) said {
	switch {
	case n.Scenario != "":
		return said{v.say("number.to-scenario"), string(n.Scenario)}
	case n.Owner != "":
		return said{Text: v.say("number.to-person", "Name", nameOf(c, n.Owner))}
	}
	return said{Text: v.say("number.to-nobody")}
}

// proof says whether a number may be shown to others.
func (v *visit) proof(n fmc.Number) (state, told string) {
	switch until := n.Proof.Until; {
	case n.SIM != "":
		return "ok", v.say("number.shown-sim")
	case n.Proof.IsZero():
		return "idle", v.say("number.unproved")
	case !until.IsZero() && !until.After(v.now()):
		return "bad", v.say("number.expired", "Day", v.tongue.day(v.at(until)))
	case !until.IsZero():
		return "ok", v.say("number.proved-until", "Day", v.tongue.day(v.at(until)))
	}
	return "ok", v.say("number.proved")
}

// accesses are what people get who call a number from their mobiles, as the document writes it.
var accesses = []string{"", "call-through", "call-back"}

func (v *visit) numberFields(s settings, n *fmc.Number) []field {
	leads := ""
	switch {
	case n.Scenario != "":
		leads = "scenario " + string(n.Scenario)
	case n.Owner != "":
		leads = "owner " + string(n.Owner)
	}
	targets := []choice{{"", v.say("number.to-nobody")}}
	for _, id := range configs.KeysAt(s.draft.Document, "scenarios") {
		targets = append(targets, choice{"scenario " + id, v.say("number.to-scenario") + " " + id})
	}
	for _, p := range s.peopleChoices() {
		targets = append(targets, choice{"owner " + p.Value, v.say("number.to-person", "Name", p.Label)})
	}
	lines := ""
	if n.Lines > 0 {
		lines = strconv.Itoa(n.Lines)
	}
	fields := []field{
		{Name: "leads", Label: v.say("number.leads"), Value: leads, Choices: targets, Kind: asChoice, change: leadChange(n.Number.E164)},
		{Name: "access", Label: v.say("number.access"), Help: v.say("number.access-help"), Value: accesses[n.Access], Kind: asChoice, Choices: []choice{
			{"", v.say("number.access-none")}, {"call-through", v.say("number.access-through")}, {"call-back", v.say("number.access-back")},
		}},
	}
	if n.SIM != "" {
		return fields
	}
	proof := n.Proof
	return append(fields,
		field{Name: "lines", Label: v.say("number.lines"), Help: v.say("number.lines-help"), Value: lines, Kind: asLine, spelt: true},
		field{Name: "contract", under: []string{"proof"}, Label: v.say("number.contract"), Help: v.say("number.contract-help"), Value: proof.Ref, Kind: asLine},
		field{Name: "by", under: []string{"proof"}, Label: v.say("number.by"), Value: proof.By, Kind: asLine},
		field{Name: "from", under: []string{"proof"}, Label: v.say("number.from"), Value: dayIn(proof.At, v.zone()), Kind: asDay},
		field{Name: "until", under: []string{"proof"}, Label: v.say("number.until"), Help: v.say("number.until-help"), Value: dayIn(proof.Until, v.zone()), Kind: asDay},
	)
}

func dayIn(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateOnly)
}

// leadChange has a number lead to a scenario or a person, and to nothing else.
func leadChange(number string) func(string) []configs.Change {
	return func(leads string) []configs.Change {
		key, id, _ := strings.Cut(leads, " ")
		var all []configs.Change
		for _, k := range []string{"scenario", "owner"} {
			c := configs.Change{Place: []string{"numbers", number, k}}
			if k == key {
				c.Value = configs.Text(id)
			}
			all = append(all, c)
		}
		return all
	}
}

func newNumber(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	fields := append([]field{
		{Name: "e164", Label: v.say("number.e164"), Help: v.say("number.e164-help"), Kind: asPhone, Must: true},
		{Name: "trunk", Label: v.say("number.trunk"), Help: v.say("number.trunk-help"), Kind: asLine, Must: true, Value: v.onlyTrunk(s.company)},
	}, v.numberFields(s, &fmc.Number{})...)
	form, err := v.form(formView{settings: s, Title: v.say("number.new"), Back: "/company/numbers", Fields: fields})
	if err != nil || v.Method == http.MethodGet {
		return page{screen: "form", title: form.Title, view: form}, err
	}
	e164 := fmc.Peer(form.Fields[0].Value, s.company.Profile.Country)
	if _, taken := s.company.NumberOf(e164); taken || !strings.HasPrefix(e164, "+") {
		form.Fields[0].Wrong = v.say("number.e164-wrong")
		return page{screen: "form", title: form.Title, view: form, status: again}, nil
	}
	form.Fields[0].Value = e164
	number := made(withoutChange(form.Fields))
	for _, x := range form.Fields {
		if x.Name == "leads" && x.Value != "" {
			key, id, _ := strings.Cut(x.Value, " ")
			number = append(number, configs.Pair{Key: key, Value: configs.Text(id)})
		}
	}
	return v.edit(form, "/company/numbers", configs.Change{Place: []string{"numbers", e164}, Value: number})
}

// onlyTrunk is the trunk of the company's numbers where they have one in common.
func (v *visit) onlyTrunk(c *fmc.Company) string {
	trunk := ""
	for _, n := range c.Numbers {
		if n.Trunk != "" && trunk != "" && trunk != string(n.Trunk) {
			return ""
		}
		if n.Trunk != "" {
			trunk = string(n.Trunk)
		}
	}
	return trunk
}

// numberForm is the form of a number of the viewer's draft.
func (v *visit) numberForm() (formView, *fmc.Number, error) {
	s, err := v.settings()
	if err != nil {
		return formView{}, nil, err
	}
	e164 := v.PathValue("number")
	n, ok := s.company.NumberOf(e164)
	if !ok {
		return formView{}, nil, noSuch("number", e164)
	}
	return formView{
		settings: s, Title: v.phone(n.Number), Back: "/company/numbers", Fields: v.numberFields(s, n), Remove: "/company/numbers/" + e164 + "/remove", RemoveText: v.say("number.remove"),
	}, n, nil
}

func numberPage(v *visit) (answer, error) {
	form, n, err := v.numberForm()
	if err == nil {
		form, err = v.form(form)
	}
	if err != nil || v.Method == http.MethodGet {
		return page{screen: "form", title: form.Title, view: form}, err
	}
	return v.edit(form, "/company/numbers", changesOf(form.Fields, "numbers", n.Number.E164)...)
}

func removeNumber(v *visit) (answer, error) {
	form, n, err := v.numberForm()
	if err != nil {
		return nil, err
	}
	return v.edit(form, "/company/numbers", configs.Change{Place: []string{"numbers", n.Number.E164}})
}
