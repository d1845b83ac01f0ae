package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

var alarmRoutes = []route{
	{pattern: "GET /alerts", right: access.AlertsRead, do: alertsPage},
	{pattern: "POST /alerts/{alarm}/see", right: access.AlertsRead, do: seeAlarm},
	{pattern: "POST /alerts/{alarm}/mute", right: access.AlertsRead, do: muteAlarm},
}

var alarmScreens = shows{"alerts": alertsView{}}

// alertsView is what somebody should see to: conditions that go on, those that are over, and what happened in calls.
type alertsView struct {
	Open, Over []alarmRow
	Alerts     []alertRow
}

// alarmRow is a condition.
type alarmRow struct {
	store.Alarm
	Grave   bool // something does not work
	Subject string
	Text    string
	Since   moment
	Until   moment // it ended; zero: it goes on
	Mute    moment
	IsMuted bool
	SeenBy  string
}

// alertRow is something that happened in a call.
type alertRow struct {
	store.Alert
	Kind string
	When moment
	Who  string
	Call fmc.CallID
}

// alarmsOver is how many alarms of before are shown.
const alarmsOver = 30

func alertsPage(v *visit) (answer, error) {
	open, err := v.keep().Alarms(v.ctx(), store.AlarmFilter{Open: true, Limit: 200})
	if err != nil {
		return nil, err
	}
	all, err := v.keep().Alarms(v.ctx(), store.AlarmFilter{Limit: alarmsOver})
	if err != nil {
		return nil, err
	}
	alerts, err := v.keep().Alerts(v.ctx(), store.AlertFilter{Limit: 50})
	if err != nil {
		return nil, err
	}
	var view alertsView
	for _, a := range open {
		view.Open = append(view.Open, v.alarmRow(a))
	}
	for _, a := range all {
		if a.Cleared != nil {
			view.Over = append(view.Over, v.alarmRow(a))
		}
	}
	for _, a := range alerts {
		view.Alerts = append(view.Alerts, alertRow{Alert: a, Kind: v.say("alert." + alertKey(a.Kind)), When: v.at(a.At), Who: v.author(string(a.Employee)), Call: a.Call})
	}
	return page{screen: "alerts", title: v.say("alerts.title"), view: view}, nil
}

func alertKey(kind string) string {
	if slices.Contains(cabinet.AlertKinds, kind) {
		return kind
	}
	return "unknown"
}

// alarmKeys are the kinds of alarm that there are words for, and whether something does not work then.
var alarmKeys = map[fmc.AlarmKind]bool{
	fmc.AlarmQuotaNear: false, fmc.AlarmQuotaReached: true, fmc.AlarmQuotaHeld: true, fmc.AlarmNoFile: true, fmc.AlarmStrayFile: false,
	fmc.AlarmLineDown: true, fmc.AlarmTrunkDown: true, fmc.AlarmBalanceLow: false, fmc.AlarmForwarding: true, fmc.AlarmDiverted: true, fmc.AlarmPackageShort: false, fmc.AlarmBankAway: true, fmc.AlarmShadow: true,
}

func (v *visit) alarmRow(a store.Alarm) alarmRow {
	r := alarmRow{Alarm: a, Since: v.at(a.Raised), SeenBy: v.author(a.SeenBy)}
	key := string(a.Kind)
	grave, known := alarmKeys[a.Kind]
	if !known {
		key = "unknown"
	}
	r.Grave = grave
	values := []any{"About", a.About}
	for name, value := range a.Values {
		switch name {
		case "line":
			value = v.peer(value)
		case "troubles":
			value = v.troubles(strings.Fields(value))
		case "day", "end":
			value = v.tongue.day(v.dayOf(value))
		case "why":
			value = v.said(value)
		}
		values = append(values, name, value)
	}
	if state, ok := a.Values["state"]; ok {
		stateKey, _ := stateOf(state)
		values = append(values, "State", v.say("line-state."+stateKey))
	}
	r.Subject, r.Text = v.say("alarm."+key, values...), v.say("alarm-text."+key, values...)
	if a.Cleared != nil {
		r.Until = v.at(*a.Cleared)
	}
	if a.Muted != nil && a.Muted.After(v.now()) {
		r.Mute, r.IsMuted = v.at(*a.Muted), true
	}
	return r
}

func (v *visit) alarmIn() (int64, error) {
	id, err := strconv.ParseInt(v.PathValue("alarm"), 10, 64)
	if err != nil {
		return 0, cause.Errorf(cause.NotFound, "there is no such alarm")
	}
	return id, nil
}

func seeAlarm(v *visit) (answer, error) {
	id, err := v.alarmIn()
	if err == nil {
		err = v.keep().SeeAlarm(v.audited("alarm.see", v.PathValue("alarm")), id, string(v.viewer.Employee))
	}
	return redirect{"/alerts", notice{Text: v.say("alerts.seen")}}, err
}

// mostMuted is how long an alarm may be muted.
const mostMuted = 7 * 24

func muteAlarm(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	id, err := v.alarmIn()
	if err != nil {
		return nil, err
	}
	hours := number(f.Value("hours"))
	if hours < 1 || hours > mostMuted {
		return nil, v.problem(cause.Invalid, "alerts.mute-wrong")
	}
	err = v.keep().MuteAlarm(v.audited("alarm.mute", v.PathValue("alarm")), id, v.now().Add(time.Duration(hours)*time.Hour))
	return redirect{"/alerts", notice{Text: v.say("alerts.muted", "N", hours)}}, err
}
