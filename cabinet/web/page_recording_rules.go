package web

import (
	"net/http"
	"strings"

	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
)

var ruleRoutes = []route{
	{pattern: "GET /company/rules", right: access.DocumentRead, do: rulesPage},
	{pattern: "GET /company/rules/recording", right: access.DocumentChange, do: recordingRule},
	{pattern: "POST /company/rules/recording", right: access.DocumentChange, do: recordingRule},
	{pattern: "GET /company/rules/missed", right: access.DocumentChange, do: missedRule},
	{pattern: "POST /company/rules/missed", right: access.DocumentChange, do: missedRule},
	{pattern: "GET /company/rules/hold-music", right: access.DocumentChange, do: holdMusicRule},
	{pattern: "POST /company/rules/hold-music", right: access.DocumentChange, do: holdMusicRule},
	{pattern: "GET /company/rules/calling", right: access.DocumentChange, do: callingRule},
	{pattern: "POST /company/rules/calling", right: access.DocumentChange, do: callingRule},
}

// policyOf is which calls are recorded, as the document writes it.
func policyOf(r fmc.RecordingRule) string {
	switch {
	case r.Inbound && r.Outbound:
		return "all"
	case r.Inbound:
		return "inbound"
	case r.Outbound:
		return "outbound"
	}
	return "none"
}

func rulesPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	rules := s.company.Rules
	recording := []said{{Text: v.say("recordrule." + policyOf(rules.Recording))}}
	if rules.Recording.Refusal != "" {
		recording = append(recording, said{Text: v.say("recordrule.refusal-is", "Key", rules.Recording.Refusal)})
	}
	missed := v.say("missedrule.no-deadline")
	if rules.Missed.Deadline > 0 {
		missed = v.say("missedrule.deadline-is", "Length", v.tongue.length(rules.Missed.Deadline))
	}
	calling := v.say("callrule.home")
	if rules.Dialling.Abroad {
		calling = v.say("callrule.abroad-is")
	}
	music := v.say("callrule.hold-music-house")
	if own := s.company.Profile.HoldMusic; own != "" {
		music = v.say("callrule.hold-music-is", "Name", own)
	}
	view := thingsView{settings: s, Title: v.say("company.rules"), Intro: v.say("recordrule.intro"), Things: []thing{
		{Text: true, Title: v.say("recordrule.title"), Path: "/company/rules/recording", Words: recording},
		{Text: true, Title: v.say("missedrule.title"), Path: "/company/rules/missed", Words: []said{{Text: missed}}},
		{Text: true, Title: v.say("callrule.title"), Path: "/company/rules/calling", Words: []said{{Text: calling}}},
		{Text: true, Title: v.say("callrule.hold-music"), Path: "/company/rules/hold-music", Words: []said{{Text: music}}},
	}}
	return page{screen: "things", title: view.Title, view: view}, nil
}

// rule is a form of one part of the document.
func (v *visit) rule(title, part string, fields func(settings) []field) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	form, err := v.form(formView{settings: s, Title: v.say(title), Back: "/company/rules", Fields: fields(s)})
	if err != nil || v.Method == http.MethodGet {
		return page{screen: "form", title: form.Title, view: form}, err
	}
	return v.edit(form, "/company/rules", changesOf(form.Fields, part)...)
}

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func recordingRule(v *visit) (answer, error) {
	return v.rule("recordrule.title", "recording", func(s settings) []field {
		r := s.company.Rules.Recording
		fields := []field{
			{Name: "policy", Label: v.say("recordrule.policy"), Value: policyOf(r), Kind: asChoice, Choices: []choice{
				{"all", v.say("recordrule.all")}, {"inbound", v.say("recordrule.inbound")}, {"outbound", v.say("recordrule.outbound")}, {"none", v.say("recordrule.none")},
			}},
			{Name: "internal", Label: v.say("recordrule.internal"), Value: yesNo(r.Internal), usual: "false", Kind: asYes},
			{Name: "fail_closed", Label: v.say("recordrule.fail-closed"), Help: v.say("recordrule.fail-closed-help"), Value: yesNo(r.FailClosed), usual: "false", Kind: asYes},
			{Name: "refusal", Label: v.say("recordrule.refusal"), Help: v.say("recordrule.refusal-help"), Value: r.Refusal, Kind: asLine},
		}
		for _, g := range s.company.Groups {
			id := string(g.ID)
			fields = append(fields, field{
				Name: "group-" + id, Label: v.say("recordrule.group", "Name", g.Name), Value: groupRecording(r, g.ID), Kind: asChoice, change: groupChange(id),
				Choices: []choice{{"", v.say("recordrule.group-as")}, {"off", v.say("recordrule.group-off")}, {"closed", v.say("recordrule.group-closed")}},
			})
		}
		return fields
	})
}

// groupRecording is what holds for the calls of a group: as the company's, not recorded, or no recording and no
// conversation.
func groupRecording(r fmc.RecordingRule, id fmc.GroupID) string {
	switch g := r.Groups[id]; {
	case g.Off:
		return "off"
	case g.FailClosed:
		return "closed"
	}
	return ""
}

func groupChange(id string) func(string) []configs.Change {
	return func(value string) []configs.Change {
		place := []string{"recording", "groups", id}
		switch value {
		case "off":
			return []configs.Change{{Place: place, Value: configs.Pairs{{Key: "record", Value: configs.Word("false")}}}}
		case "closed":
			return []configs.Change{{Place: place, Value: configs.Pairs{{Key: "fail_closed", Value: configs.Word("true")}}}}
		}
		return []configs.Change{{Place: place}}
	}
}

func missedRule(v *visit) (answer, error) {
	return v.rule("missedrule.title", "missed_calls", func(s settings) []field {
		r := s.company.Rules.Missed
		return []field{
			{Name: "deadline", Label: v.say("missedrule.deadline"), Help: v.say("missedrule.deadline-help"), Value: short(r.Deadline), Kind: asLine, spelt: true},
			{Name: "escalate", Label: v.say("missedrule.escalate"), Help: v.say("missedrule.escalate-help"), Value: short(r.Escalate), Kind: asLine, spelt: true},
			{Name: "text", Label: v.say("missedrule.text"), Help: v.say("missedrule.text-help"), Value: r.Text, Kind: asProse},
		}
	})
}

func holdMusicRule(v *visit) (answer, error) {
	return v.rule("callrule.hold-music", "", func(s settings) []field {
		return []field{{
			Name: "hold_music", Label: v.say("callrule.hold-music"), Help: v.say("callrule.hold-music-help"), Value: string(s.company.Profile.HoldMusic), Kind: asLine,
			change: func(value string) []configs.Change {
				c := configs.Change{Place: []string{"hold_music"}}
				if value != "" {
					c.Value = configs.Text(value)
				}
				return []configs.Change{c}
			},
		}}
	})
}

func callingRule(v *visit) (answer, error) {
	return v.rule("callrule.title", "dialling", func(s settings) []field {
		d := s.company.Rules.Dialling
		return []field{
			{Name: "abroad", Label: v.say("callrule.abroad"), Value: yesNo(d.Abroad), usual: "false", Kind: asYes},
			{
				Name: "countries", Label: v.say("callrule.countries"), Help: v.say("callrule.countries-help"), Value: strings.Join(d.Countries, ", "), Kind: asLine,
				change: func(value string) []configs.Change {
					c := configs.Change{Place: []string{"dialling", "countries"}}
					if list := listOf(value, ","); len(list) > 0 {
						c.Value = texts(list)
					}
					return []configs.Change{c}
				},
			},
			{Name: "premium", Label: v.say("callrule.premium"), Value: yesNo(d.Premium), usual: "false", Kind: asYes},
			{Name: "longest", Label: v.say("callrule.longest"), Help: v.say("group.time-help"), Value: short(d.Longest), Kind: asLine, spelt: true},
		}
	})
}
