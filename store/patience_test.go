package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func TestAServerThatHangsKeepsNoConnectionOfTheNode(t *testing.T) {
	server := storetest.NewServer(t)
	s, err := store.Open(t.Context(), store.Options{DSN: server.DSN(), Clock: time.Now, Patience: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	o, alarms, archive := s.Operator(), s.Alarms(nil), s.Archive(nil)
	c := store.WebhookClaim{Company: "acme", ID: "crm"}
	server.Freeze()
	defer server.Thaw()
	for name, ask := range map[string]func(context.Context) error{
		"ClaimWebhook": func(ctx context.Context) error {
			_, _, err := o.ClaimWebhook(ctx, "node")
			return err
		},
		"ReleaseWebhook":  func(ctx context.Context) error { return o.ReleaseWebhook(ctx, "node", c, nil) },
		"ReleaseWebhooks": func(ctx context.Context) error { return o.ReleaseWebhooks(ctx, "node") },
		"WebhooksDue": func(ctx context.Context) error {
			_, _, err := o.WebhooksDue(ctx)
			return err
		},
		"Waiting": func(ctx context.Context) error {
			_, err := o.Waiting(ctx, c, store.Oldest, 1)
			return err
		},
		"EndTry": func(ctx context.Context) error {
			_, err := o.EndTry(ctx, "node", c, store.WaitingEvent{N: 1}, store.Try{At: morning}, store.Verdict{State: store.DeliveryDone})
			return err
		},
		"SweepEvents": o.SweepEvents,
		"SweepLines":  o.SweepLines,
		"KeepSignals": func(ctx context.Context) error {
			return o.KeepSignals(ctx, []store.CardSignal{{Company: "acme", SIM: "8970", At: morning, DBm: -71}})
		},
		"Sweep of traces": func(ctx context.Context) error {
			s.Traces(store.TracesOptions{}).Sweep(ctx)
			return cause.Errorf(cause.Unavailable, "it is told in the log")
		},
		"Raise": func(ctx context.Context) error {
			return alarms.Raise(ctx, fmc.Alarm{Company: "acme", Kind: fmc.AlarmBalanceLow})
		},
		"Clear": func(ctx context.Context) error { return alarms.Clear(ctx, "acme", fmc.AlarmBalanceLow, "") },
		"Dispose": func(ctx context.Context) error {
			_, _, err := archive.Dispose(ctx, "acme", fmc.Disposal{Before: morning})
			return err
		},
		"RemoveLeft": func(ctx context.Context) error { return archive.RemoveLeft(ctx, "acme") },
		"Removed":    func(ctx context.Context) error { return archive.Removed(ctx, "acme", "call") },
		"Day": func(ctx context.Context) error {
			_, err := archive.Day(ctx, "acme", morning, fmc.Filed{})
			return err
		},
		"Found": func(ctx context.Context) error {
			_, err := archive.Found(ctx, "acme", []fmc.FoundSize{{Call: "call", Bytes: 1}})
			return err
		},
	} {
		ctx := within(t, 10*time.Second)
		if err := ask(ctx); ctx.Err() != nil || !errors.Is(err, cause.Unavailable) {
			t.Errorf("%s: %v, %v", name, err, ctx.Err())
		}
	}
}
