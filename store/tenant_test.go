package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// guess asks one method of a company's view for what is another company's, and returns what came back.
type guess func(ctx context.Context, t *store.Tenant, of foreign) (got any, err error)

// foreign is what there is to guess.
type foreign struct {
	company *fmc.Company
	call    fmc.CallID
	account fmc.AccountID
	message fmc.MessageID
	sim     fmc.ICCID
	road    fmc.CallID // one with an alert, a message, a prompt, a task
	comment string
	told    int64 // something that a program refused
}

// guesses has a case for every method of store.Tenant. A method without one fails the test.
var guesses = map[string]guess{
	"Apply": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Apply(ctx, change(of.company, 1))
	},
	"Version": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Version(ctx, 2) },
	"Draft":   func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Draft(ctx, of.person()) },
	"Drafts":  func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Drafts(ctx) },
	"SaveDraft": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		_, err := t.SaveDraft(ctx, store.Draft{Author: of.person(), Base: 1, Edition: 1, Document: "theirs"})
		return nil, err
	},
	"RemoveDraft": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RemoveDraft(ctx, of.person())
	},
	"Routes": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		var all []store.Routed
		err := t.Routes(ctx, time.Time{}, 10, func(r store.Routed) { all = append(all, r) })
		return all, err
	},
	"Forwardings": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Forwardings(ctx, of.sim) },
	"Diverted": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		d, err := t.Diverted(ctx, "+79031112233", noon.AddDate(-1, 0, 0))
		if d.Calls == 0 {
			return nil, err
		}
		return d, err
	},
	"CardStates": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.CardStates(ctx, of.sim, time.Time{}, time.Now())
	},
	"LineCalls": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.LineCalls(ctx, of.sim.Line(), noon.AddDate(-1, 0, 0), time.Now())
	},
	"CardLimits": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.CardLimits(ctx, of.sim, time.Time{}, time.Now())
	},
	"Signals": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Signals(ctx, time.Time{}) },
	"BalancesSince": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.BalancesSince(ctx, time.Time{})
	},
	"RoutesTallied": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.RoutesTallied(ctx, "2000-01-01", "2100-01-01")
	},
	"Versions": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		all, err := t.Versions(ctx)
		if len(all) == 1 && all[0].Reason == "mine" {
			return nil, err // its own
		}
		return all, err
	},
	"Accounts": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		all, err := t.Accounts(ctx)
		if len(all) == 1 && all[0].Name != of.account {
			return nil, err // its own
		}
		return all, err
	},
	"Realm": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		realm, err := t.Realm(ctx)
		if realm == string(of.company.Profile.ID) {
			return realm, err
		}
		return nil, err // its own
	},
	"SetSecret": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.SetSecret(ctx, of.account, store.Secret{MD5: "x"})
	},
	"Calls": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Calls(ctx, store.CallFilter{Merged: true})
	},
	"Call":          func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Call(ctx, of.call) },
	"Plans":         func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Plans(ctx, of.call) },
	"Facts":         func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Facts(ctx, of.call) },
	"Registrations": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Registrations(ctx) },
	"Messages": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Messages(ctx, store.MessageFilter{})
	},
	"Message": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Message(ctx, of.message) },
	"Thread": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Thread(ctx, numberOf(of.company.Profile.ID), client)
	},
	"SetPIN": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.SetPIN(ctx, of.person(), "4711")
	},
	"Modes": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Modes(ctx) },
	"RemovePIN": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RemovePIN(ctx, of.person())
	},
	"PINSetAt": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		at, err := t.PINSetAt(ctx)
		return slices.Collect(maps.Keys(at)), err
	},
	"Alerts": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Alerts(ctx, store.AlertFilter{})
	},
	"Alert": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Alert(ctx, of.road, 0) },
	"Voicemail": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Voicemail(ctx, store.VoicemailFilter{})
	},
	"VoicemailMessage": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.VoicemailMessage(ctx, of.road, 0)
	},
	"NewMessages": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.NewMessages(ctx) },
	"MarkHeard": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.MarkHeard(ctx, of.road, 0, "ivanov")
	},
	"RecordedPrompts": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.RecordedPrompts(ctx) },
	"PromptSounds":    func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.PromptSounds(ctx) },
	"PromptSound": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.PromptSound(ctx, of.prompt(), "en")
	},
	"KeepPromptSound": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		_, err := t.KeepPromptSound(ctx, store.PromptSound{Prompt: "mine", Language: "ru"}, []byte("mine"))
		if err == nil {
			err = t.RemovePromptSound(ctx, "mine", "ru")
		}
		return nil, err
	},
	"RemovePromptSound": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RemovePromptSound(ctx, of.prompt(), "en")
	},
	"Missed": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Missed(ctx, store.MissedFilter{})
	},
	"MissedTask": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.MissedTask(ctx, of.road)
	},
	"TakeMissed": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.TakeMissed(ctx, of.road, "ivanov")
	},
	"CloseMissed": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.CloseMissed(ctx, of.road, "ivanov", "x")
	},
	"CloseMissedOf": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return nil, t.CloseMissedOf(ctx, "+79120000001", "ivanov", "x")
	},
	"Recordings": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Recordings(ctx, store.RecordingFilter{})
	},
	"Recording":  func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Recording(ctx, of.call) },
	"StoredDays": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.StoredDays(ctx) },
	"HoldRecording": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.HoldRecording(ctx, of.call, "ivanov", "x")
	},
	"LetGoRecording": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.LetGoRecording(ctx, of.call, "ivanov", "x")
	},
	"DeleteRecording": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.DeleteRecording(ctx, of.call, "ivanov", "x")
	},
	"Alarms": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Alarms(ctx, store.AlarmFilter{})
	},
	"Alarm": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Alarm(ctx, 1) },
	"SeeAlarm": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return nil, t.SeeAlarm(ctx, 1, "ivanov")
	},
	"MuteAlarm": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return nil, t.MuteAlarm(ctx, 1, morning)
	},
	"EachCall": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		var all []store.CallLine
		err := t.EachCall(ctx, store.CallFilter{Merged: true}, func(l store.CallLine) error { all = append(all, l); return nil })
		return all, err
	},
	"Find": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		f, err := t.Find(ctx, "complaint")
		return f.Calls, err
	},
	"Tallied": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Tallied(ctx, allDays(store.OfCompany))
	},
	"TalliedEach": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.TalliedEach(ctx, allDays(store.OfGroup, "sales"))
	},
	"TalliedSince": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		day, err := t.TalliedSince(ctx)
		if day == "" {
			return nil, err
		}
		return day, err
	},
	"TalliedDays": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.TalliedDays(ctx, allDays(store.OfPerson, "ivanov"))
	},
	"Waits": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		w, err := t.Waits(ctx, allDays(store.OfCompany))
		return slices.DeleteFunc(w[:], func(n int) bool { return n == 0 }), err
	},
	"LinesTallied": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.LinesTallied(ctx, "2026-01-01", "2026-12-31")
	},
	"CountMissed": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		all, err := t.CountMissed(ctx, store.MissedFilter{})
		return slices.Collect(maps.Keys(all)), err
	},
	"CountResults": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		all, err := t.CountResults(ctx, store.CallFilter{}, nil)
		return slices.Collect(maps.Keys(all)), err
	},
	"Comments": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Comments(ctx, of.call) },
	"Comment":  func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Comment(ctx, of.comment) },
	"AddComment": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.AddComment(ctx, store.Comment{Call: of.call, Author: "ivanov", Body: "x"})
	},
	"EditComment": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.EditComment(ctx, of.comment, "ivanov", "x")
	},
	"DeleteComment": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.DeleteComment(ctx, of.comment, "ivanov")
	},
	"TagCall": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.TagCall(ctx, of.call, "sold", "ivanov")
	},
	"UntagCall": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.UntagCall(ctx, of.call, "complaint")
	},
	"MarksOf": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		all, err := t.MarksOf(ctx, []fmc.CallID{of.call})
		return slices.Collect(maps.Keys(all)), err
	},
	"Tags": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Tags(ctx, nil) },
	"SavedViews": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.SavedViews(ctx, of.person())
	},
	"SaveView": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.SaveView(ctx, of.person(), store.SavedView{Name: "x"})
	},
	"DeleteView": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.DeleteView(ctx, of.person(), "mine")
	},
	"Clients": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Clients(ctx, store.ClientFilter{})
	},
	"Client": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Client(ctx, client) },
	"ClientsOf": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		all, err := t.ClientsOf(ctx, []string{client})
		return slices.Collect(maps.Values(all)), err
	},
	"SetClients": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return nil, t.SetClients(ctx, "ivanov", store.Client{Number: "+79120000099"})
	},
	"CallResult": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.CallResult(ctx, of.call)
	},
	"ResultsOf": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		all, err := t.ResultsOf(ctx, []fmc.CallID{of.call})
		return slices.Collect(maps.Keys(all)), err
	},
	"SetCallResult": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.SetCallResult(ctx, store.CallResult{Call: of.call, Result: "agreed", Author: "ivanov"})
	},
	"Reviews": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Reviews(ctx, store.ReviewFilter{})
	},
	"SetReview": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.SetReview(ctx, store.Review{Call: of.call, Reviewer: "petrov", Score: 3})
	},
	"Picks": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Picks(ctx, nil, "boris", time.Time{}, time.Time{})
	},
	"Records": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		var all []fmc.Record
		err := t.Records(ctx, morning.AddDate(-1, 0, 0), morning.AddDate(1, 0, 0), func(r fmc.Record) { all = append(all, r) })
		return all, err
	},
	"Raise": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return nil, t.Raise(ctx, fmc.Event{Type: fmc.EventBalanceLow})
	},
	"Events": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		p, err := t.Events(ctx, 0, 1000)
		p.Events = slices.DeleteFunc(p.Events, func(e store.Event) bool {
			return e.Type == fmc.EventPublished || e.Type == fmc.EventBalanceLow // its own
		})
		return p.Events, err
	},
	"Event":    func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Event(ctx, 3) },
	"Webhooks": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Webhooks(ctx) },
	"Webhook": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Webhook(ctx, of.webhook())
	},
	"AddWebhook": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		w := store.Webhook{ID: rand.Text(), URL: "https://a.example", Scheme: store.WebhookHMAC}
		err := t.AddWebhook(ctx, w, store.WebhookKeys{Secret: []byte("x")})
		return nil, errors.Join(err, t.RemoveWebhook(ctx, w.ID))
	},
	"ChangeWebhook": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.ChangeWebhook(ctx, store.Webhook{ID: of.webhook(), URL: "https://b.example", Enabled: true})
	},
	"RotateWebhook": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RotateWebhook(ctx, of.webhook(), store.WebhookKeys{Secret: []byte("y")}, morning)
	},
	"RemoveWebhook": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RemoveWebhook(ctx, of.webhook())
	},
	"Deliveries": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Deliveries(ctx, of.webhook(), store.DeliveryFilter{})
	},
	"Delivery": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Delivery(ctx, of.webhook(), 3)
	},
	"Tries": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Tries(ctx, of.webhook(), 3)
	},
	"Replay": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Replay(ctx, of.webhook(), 3, 4)
	},
	"SetPassword": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.SetPassword(ctx, of.person(), "a password of theirs")
	},
	"RemoveLogin": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RemoveLogin(ctx, of.person())
	},
	"Logins": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		all, err := t.Logins(ctx)
		return slices.Collect(maps.Keys(all)), err
	},
	"SetCodes": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.SetCodes(ctx, of.person(), []byte("x"), 1, nil)
	},
	"RemoveCodes": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RemoveCodes(ctx, of.person())
	},
	"Sessions": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Sessions(ctx, of.person())
	},
	"EndSession": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.EndSession(ctx, of.person(), sessionOf(of.company.Profile.ID))
	},
	"EndSessions": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.EndSessions(ctx, of.person(), "")
	},
	"Invite": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.Invite(ctx, "another link", store.Invitation{Employee: of.person(), Expires: time.Now().Add(time.Hour)})
	},
	"Redeem": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.Redeem(ctx, linkOf(of.company.Profile.ID), "a password of theirs")
	},
	"Invited": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		all, err := t.Invited(ctx)
		return slices.Collect(maps.Keys(all)), err
	},
	"AddToken": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.AddToken(ctx, "another token", store.Token{ID: "t2", Employee: of.person(), Rights: []string{}, Expires: time.Now().Add(time.Hour)})
	},
	"Tokens": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.Tokens(ctx, "") },
	"Token": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.Token(ctx, tokenOf(of.company.Profile.ID))
	},
	"RevokeToken": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RevokeToken(ctx, tokenOf(of.company.Profile.ID))
	},
	"Audit": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return nil, t.Audit(ctx, &store.AuditEntry{Who: "whoever", What: "x"})
	},
	"AuditEntries": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.AuditEntries(ctx, store.AuditFilter{Who: string(of.person())})
	},
	"Once": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		kept, _, err := t.Once(ctx, string(of.person()), "key", "request")
		return kept.Body, err
	},
	"Answered": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.Answered(ctx, string(of.person()), "key", store.Answer{Status: 200, Body: []byte("changed")})
	},
	"AddRecordingLink": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.AddRecordingLink(ctx, "another play", store.RecordingLink{ID: "l2", Call: of.call, Expires: time.Now().Add(time.Hour)})
	},
	"RecordingLinks": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return t.RecordingLinks(ctx, of.call)
	},
	"PlayRecordingLink": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.PlayRecordingLink(ctx, "l-"+string(of.company.Profile.ID))
	},
	"AuditListen": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		fresh, err := t.AuditListen(ctx, &store.AuditEntry{Who: "whoever", What: "listen"})
		return []bool{fresh}[:0], err
	},
	"RevokeRecordingLink": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RevokeRecordingLink(ctx, of.call, "l-"+string(of.company.Profile.ID))
	},
	"ProgramSecrets": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		all, err := t.ProgramSecrets(ctx)
		return slices.DeleteFunc(all, func(s store.ProgramSecret) bool { return s.Author == "guess" }), err
	},
	"MakeProgramSecret": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		_, _, err := t.MakeProgramSecret(ctx, "guessed", "guess") // one of its own
		return nil, err
	},
	"ProgramDeliveries": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.ProgramDeliveries(ctx, nil)
	},
	"RepeatDelivery": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		return nil, t.RepeatDelivery(ctx, of.told)
	},
	"CalledThrough": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.CalledThrough(ctx) },
	"SIMs":          func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.SIMs(ctx) },
	"SIM": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		s, _, err := t.SIM(ctx, of.sim)
		return s, err
	},
	"CardUses": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.CardUses(ctx, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	},
	"CardNetworks": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.CardNetworks(ctx, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	},
	"CardMoves":  func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.CardMoves(ctx, of.sim) },
	"CardsMoved": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) { return t.CardsMoved(ctx) },
	"Balances":   func(ctx context.Context, t *store.Tenant, of foreign) (any, error) { return t.Balances(ctx, of.sim) },
	"Shadows": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.Shadows(ctx, time.Time{})
	},
	"LineUse": func(ctx context.Context, t *store.Tenant, _ foreign) (any, error) {
		return t.LineUse(ctx, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC)
	},
	"LineQuality": func(ctx context.Context, t *store.Tenant, of foreign) (any, error) {
		q, err := t.LineQuality(ctx, of.sim.Line(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
		if q == (store.LineQuality{}) {
			return nil, err // as of a line that never was
		}
		return q, err
	},
}

// mustBeNotFound are the methods that name a thing: anything but cause.NotFound tells that it is there.
var mustBeNotFound = map[string]bool{
	"Apply": true, "Version": true, "SetSecret": true, "Call": true, "Plans": true, "Facts": true, "Message": true, "SIM": true,
	"Draft": true, "SaveDraft": true, "Recording": true, "HoldRecording": true, "LetGoRecording": true, "DeleteRecording": true, "Alarm": true, "SeeAlarm": true, "MuteAlarm": true,
	"Event": true, "Webhook": true, "ChangeWebhook": true, "RotateWebhook": true, "RemoveWebhook": true, "Deliveries": true, "Delivery": true, "Replay": true,
	"SetPassword": true, "RemoveLogin": true, "SetCodes": true, "RemoveCodes": true, "EndSession": true, "Invite": true, "Redeem": true,
	"AddToken": true, "Token": true, "RevokeToken": true, "AddRecordingLink": true, "PlayRecordingLink": true, "RevokeRecordingLink": true,
	"RepeatDelivery": true, "Client": true, "CallResult": true, "SetCallResult": true, "SetReview": true,
	"PromptSound": true, "RemovePromptSound": true, "Comment": true, "AddComment": true, "EditComment": true, "DeleteComment": true, "TagCall": true, "UntagCall": true, "SaveView": true, "DeleteView": true,
	"SetPIN": true, "RemovePIN": true, "Alert": true, "VoicemailMessage": true, "MarkHeard": true, "MissedTask": true, "TakeMissed": true, "CloseMissed": true,
}

// onlyOnce are the methods after which there is nothing left for the others.
var onlyOnce = map[string]bool{
	"RepeatDelivery": true,
	"PromptSound":    true, "RemovePromptSound": true, "RemoveLogin": true, "SetCodes": true, "RemoveCodes": true, "Redeem": true, "EndSession": true, "EndSessions": true, "RevokeToken": true,
	"RemoveDraft": true, "RemoveWebhook": true, "RemovePIN": true, "DeleteComment": true, "EditComment": true, "UntagCall": true, "DeleteView": true, "TakeMissed": true, "CloseMissed": true, "LetGoRecording": true, "DeleteRecording": true,
}

// webhook is a receiver that the company alone has.
func (of foreign) webhook() string { return "only-" + string(of.company.Profile.ID) }

// prompt is the name of a sound that the company alone uploaded.
func (of foreign) prompt() fmc.PromptID { return fmc.PromptID("only-" + of.company.Profile.ID) }

// person is somebody whom the company alone has.
func (of foreign) person() fmc.EmployeeID { return fmc.EmployeeID("only-" + of.company.Profile.ID) }

// TestNoMethodShowsAnotherCompanys walks every method of what store.For returns.
func TestNoMethodShowsAnotherCompanys(t *testing.T) {
	s := storetest.Open(t)
	of := fill(t, s, "acme")
	mine := company("beta")
	if _, err := s.For("beta").Apply(t.Context(), store.Change{Document: "x", Company: mine, Author: "b", Reason: "mine"}); err != nil {
		t.Fatal(err)
	}
	tenant := reflect.TypeFor[*store.Tenant]()
	for _, who := range []fmc.CompanyID{"beta", "nobody", ""} {
		for i := range tenant.NumMethod() {
			name := tenant.Method(i).Name
			ask, ok := guesses[name]
			if !ok {
				t.Fatalf("store.For(...).%s has no case here: what does it answer when asked for another company's?", name)
			}
			got, err := ask(t.Context(), s.For(who), of)
			if mustBeNotFound[name] && !errors.Is(err, cause.NotFound) {
				t.Errorf("%q.%s: %v, want not found", who, name, err)
			}
			if err != nil && (!errors.Is(err, cause.NotFound) || strings.Contains(err.Error(), "rows")) {
				t.Errorf("%q.%s: %v, want what is not found, in words of the field", who, name, err)
			}
			if v := reflect.ValueOf(got); got != nil && err == nil && (v.Kind() != reflect.Slice || v.Len() > 0) {
				t.Errorf("%q.%s returned %+v", who, name, got)
			}
		}
	}
	for name := range guesses {
		if _, ok := tenant.MethodByName(name); !ok {
			t.Errorf("a case for %s, which is gone", name)
		}
	}
	// and the owner sees all of it
	for name, ask := range guesses {
		if name == "Apply" || name == "Accounts" || name == "Realm" || onlyOnce[name] {
			continue
		}
		if _, err := ask(t.Context(), s.For("acme"), of); err != nil {
			t.Errorf("the owner's %s: %v", name, err)
		}
	}
}

// fill gives a company one of everything, at generation 2.
func fill(t *testing.T, s *store.Store, id fmc.CompanyID) foreign {
	t.Helper()
	c := company(id)
	of := foreign{company: c, call: newCall(), account: fmc.AccountID(id) + "-ivanov", road: newCall()}
	c.Employees = append(c.Employees, fmc.Employee{ID: of.person(), Extension: "209"})
	apply(t, s, c, 0)
	c.Profile.Name += " twice"
	apply(t, s, c, 1)
	of.sim, of.message = fmc.ICCID("8970-"+id), fmc.MessageID(newCall())
	facts := append(overSIM(aCall(id, of.call), of.sim, &fmc.LegQuality{Setup: time.Second, MOS: 400}), textOf(id, of.sim, of.message)...)
	facts = append(facts, fmc.Fact{Company: id, Call: of.call, At: time.Minute, Body: fmc.Kept{File: string(id) + "/x.wav", Bytes: 1}})
	if err := s.For(id).AddWebhook(t.Context(), store.Webhook{ID: of.webhook(), URL: "https://a.example", Enabled: true, Scheme: store.WebhookHMAC}, store.WebhookKeys{Secret: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	facts = append(facts, fmc.Fact{Company: id, Body: fmc.ModeSet{At: noon, Employee: of.person()}})
	facts = append(facts, fmc.Fact{Company: id, Body: fmc.ShadowBegan{Shadow: fmc.ShadowID(id), At: noon, From: of.sim, To: of.sim + "-2"}})
	facts = append(facts, fmc.Fact{Company: id, Body: fmc.CardMoved{At: noon, SIM: of.sim, Bank: "north", By: "olga", Reason: "a spare"}})
	facts = append(facts, roadCall(id, of.road)...)
	drainAll(t, s, facts...)
	of.told = refusedByProgram(t, s, id)
	traces, stop := trace(t, s, store.TracesOptions{})
	traces.Note(facts[:1])
	traces.Told(fmc.LegID{Call: of.call, N: 1}, sipLine("INVITE"))
	stop() // it writes what it has
	tryOnce(t, s)
	if err := s.Alarms(&removals{}).Raise(t.Context(), fmc.Alarm{Company: id, Kind: fmc.AlarmStrayFile}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.For(id).SaveDraft(t.Context(), store.Draft{Author: of.person(), Base: 1, Document: "draft"}); err != nil {
		t.Fatal(err)
	}
	if err := s.For(id).SetPIN(t.Context(), of.person(), "2580"); err != nil {
		t.Fatal(err)
	}
	if err := s.Operator().KeepSignals(t.Context(), []store.CardSignal{{Company: id, SIM: of.sim, At: noon, DBm: -71}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.For(id).KeepPromptSound(t.Context(), store.PromptSound{Prompt: of.prompt(), Language: "en", Author: "a"}, []byte("sound")); err != nil {
		t.Fatal(err)
	}
	letIn(t, s, of)
	of.comment = leaveMarks(t, s, of)
	keepRegistration(t, s, store.Registration{Company: id, Account: fmc.AccountID(id) + "-ivanov", Key: "k", Expires: time.Now().Add(time.Hour), Body: []byte("{}")})
	return of
}

// TestRowLevelSecurityHoldsByItself asks as the cabinet's role without any condition of ours.
func TestRowLevelSecurityHoldsByItself(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	fill(t, s, "acme")
	fill(t, s, "beta")
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	tables := tenantTables(t, conn)
	if len(tables) < 24 {
		t.Fatalf("only %v have a company", tables)
	}
	if _, err := conn.Exec(t.Context(), "set role roadline_cabinet"); err != nil {
		t.Fatal(err)
	}
	seen := func(table, column string) (mine, others int) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), "select set_config('app.company', 'beta', false)"); err != nil {
			t.Fatal(err)
		}
		err := conn.QueryRow(t.Context(), "select count(*) filter (where "+column+" = 'beta'), count(*) filter (where "+column+" <> 'beta') from "+table).Scan(&mine, &others)
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		return mine, others
	}
	for _, table := range tables {
		column := "company"
		if table == "company" {
			column = "id"
		}
		mine, others := seen(table, column)
		if others != 0 || mine == 0 && table != "quarantine" {
			t.Errorf("%s: %d own rows, %d of others", table, mine, others)
		}
	}
	for what, sql := range map[string]string{
		"a secret is read":                "select ha1_md5 from account",
		"another company is written":      "insert into number (company, trunk, e164, sim) values ('acme', 't', '+1', '')",
		"a row is moved to another":       "update number set company = 'acme'",
		"a record is written":             "update call_record set status = 'x'",
		"a version is changed":            "update company_version set document = ''",
		"the drain's cursor is looked at": "select * from cursor",
		"a fact is taken away":            "delete from fact",
		"a message is written":            "update message set body = 'x'",
		"what came is written":            "insert into message_in (company, message, part, key, at, body, broken, pdu) select company, id, 9, 'x', at, '', '', '' from message",
		"a card's history is changed":     "delete from sim_seen",
		"a PIN is read":                   "select hash from pin",
		"an alert is taken away":          "delete from alert",
		"a program's secret is read":      "select hash from program_secret",
		"a delivery is changed":           "update program_delivery set state = 'done'",
		"a password is read":              "select hash from login",
		"a secret of codes is read":       "select codes from login",
		"a session's key is read":         "select key from session",
		"a session is made":               "insert into session select * from session",
		"an invitation's link is read":    "select hash from invitation",
		"a token is read":                 "select hash from token",
		"a token gets more rights":        "update token set rights = '{a}'",
		"what was done is taken away":     "delete from audit",
		"what was done is changed":        "update audit set who = 'x'",
		"attempts to sign in are read":    "select * from sign_in",
		"a message moves to another call": "update voicemail set from_ms = 0",
		"a recording's files are changed": "update recording set files = '{}'",
		"a tombstone is taken away":       "delete from recording",
		"an alarm is cleared":             "update alarm set cleared = now()",
		"a task is moved":                 "update missed set client = '+1'",
		"a webhook's secret is read":      "select secret from webhook",
		"an event is taken away":          "delete from event",
		"an event is told otherwise":      "update event set data = '{}'",
		"a try is made up":                "insert into webhook_try select * from webhook_try",
		"a task is made":                  "insert into missed_call (company, call, task, at, status) select company, id, id, began, '' from call_record",
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s by %q", what, sql)
		}
	}
	for _, sql := range []string{"delete from number where company = 'acme'", "update company set name = 'x' where id = 'acme'"} {
		done, err := conn.Exec(t.Context(), sql)
		if err != nil || done.RowsAffected() != 0 {
			t.Errorf("%q: %v, %v", sql, done, err)
		}
	}
	// no company named: nothing at all
	if _, err := conn.Exec(t.Context(), "reset app.company"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRow(t.Context(), "select count(*) from call_record").Scan(&n); err != nil || n != 0 {
		t.Errorf("with no company named %d records are seen, %v", n, err)
	}
}

// tenantTables returns every table that has a company, which must all be locked, and fails on one that is not.
func tenantTables(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select c.relname, c.relrowsecurity and c.relforcerowsecurity from pg_class c
		where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
		and (c.relname = 'company' or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'company')) order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	var table string
	var locked bool
	_, err = pgx.ForEachRow(rows, []any{&table, &locked}, func() error {
		if !locked {
			t.Errorf("table %s holds companies' rows without row-level security", table)
		}
		tables = append(tables, table)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}
