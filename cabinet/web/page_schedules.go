package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
)

var scheduleRoutes = []route{
	{pattern: "GET /company/hours", right: access.DocumentRead, do: schedulesPage},
	{pattern: "GET /company/hours/+new", right: access.DocumentChange, do: newSchedule},
	{pattern: "POST /company/hours/+new", right: access.DocumentChange, do: newSchedule},
	{pattern: "GET /company/hours/{hours}", right: access.DocumentChange, do: schedulePage},
	{pattern: "POST /company/hours/{hours}", right: access.DocumentChange, do: schedulePage},
	{pattern: "POST /company/hours/{hours}/remove", right: access.DocumentChange, do: removeSchedule},
}

// dayKeys are the days as the document writes them, as people list them.
var dayKeys = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// weekdayOf is the day of a place in dayKeys.
func weekdayOf(i int) time.Weekday { return time.Weekday((i + 1) % 7) }

func schedulesPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	view := thingsView{
		settings: s, Title: v.say("company.hours"), Intro: v.say("schedule.intro"), Add: "/company/hours/+new", AddText: v.say("schedule.new"), Empty: v.say("schedule.none"),
	}
	for _, id := range configs.KeysAt(s.draft.Document, "hours") {
		h, ok := s.company.Hours[fmc.HoursID(id)]
		if !ok {
			continue
		}
		row := thing{Title: id, Path: "/company/hours/" + id, State: "idle", Told: v.say("schedule.closed-now"), Words: v.week(h)}
		if s.company.OpenAt(h.ID, v.now()) {
			row.State, row.Told = "ok", v.say("schedule.open-now")
		}
		view.Things = append(view.Things, row)
	}
	return page{screen: "things", title: view.Title, view: view}, nil
}

// week tells a week's hours, days with the same hours together.
func (v *visit) week(h fmc.Hours) []said {
	var all []said
	for _, run := range runsOf(weekOf(h)) {
		if run.spans == "" {
			continue
		}
		days := v.tongue.weekday(weekdayOf(run.from))
		if run.to > run.from {
			days += "–" + v.tongue.weekday(weekdayOf(run.to))
		}
		all = append(all, said{Text: days + " " + run.spans})
	}
	return all
}

// weekOf is what stands for each day of dayKeys: "09:00-13:00, 14:00-18:00"; empty: closed.
func weekOf(h fmc.Hours) []string {
	var week []string
	for i := range dayKeys {
		var spans []string
		for _, x := range h.Weekly[weekdayOf(i)] {
			to := x.To
			if to > 24*60 {
				to -= 24 * 60
			}
			spans = append(spans, fmt.Sprintf("%02d:%02d-%02d:%02d", x.From/60, x.From%60, to/60, to%60))
		}
		week = append(week, strings.Join(spans, ", "))
	}
	return week
}

// run is some days one after another that have the same hours, by their places in dayKeys.
type run struct {
	from, to int
	spans    string
}

func runsOf(week []string) []run {
	var all []run
	for i, spans := range week {
		if last := len(all) - 1; last >= 0 && all[last].spans == spans {
			all[last].to = i
			continue
		}
		all = append(all, run{i, i, spans})
	}
	return all
}

func (v *visit) scheduleFields(document string, h fmc.Hours) []field {
	var fields []field
	for i, spans := range weekOf(h) {
		fields = append(fields, field{Name: dayKeys[i], Label: v.tongue.weekday(weekdayOf(i)), Value: spans, Kind: asLine})
	}
	fields[0].Help = v.say("schedule.day-help")
	off := configs.ValuesAt(document, "hours", string(h.ID), "except")
	return append(fields, field{Name: "except", Label: v.say("schedule.except"), Help: v.say("schedule.except-help"), Value: strings.Join(off, "\n"), Kind: asProse})
}

// scheduleChanges write a week: the days that have the same hours as one key, what was written otherwise taken out.
func scheduleChanges(document, id string, fields []field) []configs.Change {
	if !slices.ContainsFunc(fields, func(x field) bool { return !x.same }) {
		return nil
	}
	var week []string
	for _, x := range fields[:len(dayKeys)] {
		week = append(week, x.Value)
	}
	var all []configs.Change
	var kept []string
	for _, r := range runsOf(week) {
		spans := listOf(r.spans, ",")
		if len(spans) == 0 {
			continue
		}
		key := dayKeys[r.from]
		if r.to > r.from {
			key += "-" + dayKeys[r.to]
		}
		kept = append(kept, key)
		all = append(all, configs.Change{Place: []string{"hours", id, key}, Value: oneOrList(spans)})
	}
	off := configs.Change{Place: []string{"hours", id, "except"}}
	if days := listOf(fields[len(dayKeys)].Value, "\n"); len(days) > 0 {
		off.Value = texts(days)
	}
	all = append(all, off)
	for _, key := range configs.KeysAt(document, "hours", id) {
		if key != "except" && key != "timezone" && !slices.Contains(kept, key) {
			all = append(all, configs.Change{Place: []string{"hours", id, key}})
		}
	}
	return all
}

// listOf are the parts of a text, without blanks and without empty ones.
func listOf(text, between string) []string {
	var all []string
	for _, s := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), between) {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func texts(all []string) configs.List {
	var list configs.List
	for _, s := range all {
		list = append(list, configs.Text(s))
	}
	return list
}

func oneOrList(all []string) configs.Value {
	if len(all) == 1 {
		return configs.Text(all[0])
	}
	return texts(all)
}

func newSchedule(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	fields := append([]field{{Name: "id", Label: v.say("schedule.id"), Help: v.say("schedule.id-help"), Kind: asLine, Must: true}}, v.scheduleFields("", fmc.Hours{})...)
	form, err := v.form(formView{settings: s, Title: v.say("schedule.new"), Back: "/company/hours", Fields: fields})
	if err != nil || v.Method == http.MethodGet {
		return page{screen: "form", title: form.Title, view: form}, err
	}
	known := configs.KeysAt(s.draft.Document, "hours")
	id := cabinet.IDOf(form.Fields[0].Value, func(id string) bool { return slices.Contains(known, id) })
	changes := scheduleChanges("", id, form.Fields[1:])
	if id == "" || len(changes) < 2 {
		form.Refused = v.say("schedule.empty")
		return page{screen: "form", title: form.Title, view: form, status: again}, nil
	}
	return v.edit(form, "/company/hours", changes...)
}

// scheduleForm is the form of hours of the viewer's draft.
func (v *visit) scheduleForm() (formView, string, error) {
	s, err := v.settings()
	if err != nil {
		return formView{}, "", err
	}
	id := v.PathValue("hours")
	h, ok := s.company.Hours[fmc.HoursID(id)]
	if !ok {
		return formView{}, "", noSuch("schedule", id)
	}
	return formView{
		settings: s, Title: id, Back: "/company/hours", Fields: v.scheduleFields(s.draft.Document, h), Remove: "/company/hours/" + id + "/remove", RemoveText: v.say("schedule.remove"),
	}, id, nil
}

func schedulePage(v *visit) (answer, error) {
	form, id, err := v.scheduleForm()
	if err == nil {
		form, err = v.form(form)
	}
	if err != nil || v.Method == http.MethodGet {
		return page{screen: "form", title: form.Title, view: form}, err
	}
	return v.edit(form, "/company/hours", scheduleChanges(form.draft.Document, id, form.Fields)...)
}

func removeSchedule(v *visit) (answer, error) {
	form, id, err := v.scheduleForm()
	if err != nil {
		return nil, err
	}
	return v.edit(form, "/company/hours", configs.Change{Place: []string{"hours", id}})
}
