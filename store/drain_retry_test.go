package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/journal"
	"roadline/store/storetest"
)

// pile is a drain that runs, and what PostgreSQL refused of what it was given.
type pile struct {
	*store.Drain
	t     *testing.T
	store *store.Store
	dsn   string
	log   journal.Journal
	stop  func()
}

func newPile(t *testing.T) *pile {
	t.Helper()
	p := &pile{t: t, dsn: storetest.DSN(t)}
	p.store = storetest.OpenAt(t, p.dsn)
	p.run(t.TempDir())
	return p
}

// run drains the journal of a folder.
func (p *pile) run(dir string) {
	log, left := openLog(p.t, dir)
	p.log, p.Drain = log, p.store.Drain(log.Log, left, quick)
	p.stop = startDrain(p.t, p.Drain)
}

func (p *pile) drain(facts ...fmc.Fact) {
	p.t.Helper()
	keep(p.t, p.log, facts...)
	awaitDrained(p.t, p.Drain, p.log)
}

// aside is what is put aside now.
func (p *pile) aside() []store.PutAside {
	p.t.Helper()
	all, err := p.store.Operator().Quarantined(p.t.Context(), 100)
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// retries tries ids, or everything, and wants so many back, and so many still put aside.
func (p *pile) retries(back, still int, ids ...int64) {
	p.t.Helper()
	done, err := p.Retry(p.t.Context(), ids)
	if err != nil || done.Back != back || len(done.Still) != still {
		p.t.Errorf("%+v, %v: want %d back and %d still aside", done, err, back, still)
	}
}

// TestARecordThatWasRefusedComesBack puts aside what happened to a company that PostgreSQL does not know yet.
func TestARecordThatWasRefusedComesBack(t *testing.T) {
	p := newPile(t)
	id := newCall()
	p.drain(append(aCall("ghost", id), fmc.Fact{Company: "ghost", Body: fmc.SIMSeen{At: morning, SIM: "8970", State: "ready"}})...)
	if aside := p.aside(); len(aside) != 2 {
		t.Fatalf("%+v", aside)
	}
	p.retries(0, 2)
	if pulse, err := p.store.Operator().Pulse(t.Context()); err != nil || pulse.Aside != 2 {
		t.Errorf("%+v, %v", pulse, err)
	}
	apply(t, p.store, company("ghost"), 0)
	before := query[int](t, p.dsn, "select count(*)::int from event")
	p.retries(2, 0)
	r, err := p.store.For("ghost").Call(t.Context(), id)
	if err != nil || r.Status != fmc.StatusAnswered || r.Times.Talked != 30*time.Second {
		t.Errorf("%+v, %v", r, err)
	}
	if cards, err := p.store.For("ghost").SIMs(t.Context()); err != nil || len(cards) != 1 || cards[0].State != "ready" {
		t.Errorf("%+v, %v", cards, err)
	}
	if aside := p.aside(); len(aside) != 0 {
		t.Errorf("%+v", aside)
	}
	if after := query[int](t, p.dsn, "select count(*)::int from event"); after != before {
		t.Errorf("programs are told of %d things that happened long ago", after-before)
	}
	p.retries(0, 0)
}

// TestAnEntryThatIsReadAgainTakesItsPlace has a later version's fact in the middle of a call; the upgrade is played by
// writing the entry as this version reads it.
func TestAnEntryThatIsReadAgainTakesItsPlace(t *testing.T) {
	p := newPile(t)
	apply(t, p.store, company("acme"), 0)
	id := newCall()
	facts := aCall("acme", id)
	for i, f := range facts {
		if _, talks := f.Body.(fmc.Talking); i != 6 || !talks {
			keep(t, p.log, f)
			continue
		}
		later := fmt.Sprintf(`{"v":99,"kind":"talking","company":"acme","call":%q,"at":0,"body":{}}`, id)
		if err := p.log.Log.Append(journal.Draft{Body: []byte(later)}); err != nil {
			t.Fatal(err)
		}
	}
	awaitDrained(t, p.Drain, p.log)
	aside := p.aside()
	if len(aside) != 1 || aside[0].Kind != "entry" {
		t.Fatalf("%+v", aside)
	}
	p.retries(0, 1, aside[0].ID)
	body, err := facts[6].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	execute(t, p.dsn, fmt.Sprintf("update quarantine set body = convert_to('%s', 'UTF8')", body))
	p.retries(1, 0, aside[0].ID)
	r, err := p.store.For("acme").Call(t.Context(), id)
	if err != nil || r.Status != fmc.StatusAnswered || r.Times.Talked != 30*time.Second {
		t.Errorf("%s, talked %s, %v", r.Status, r.Times.Talked, err)
	}
	kept, err := p.store.For("acme").Facts(t.Context(), id)
	if err != nil || len(kept) != len(facts) {
		t.Fatalf("%d facts, %v", len(kept), err)
	}
	for i := range kept {
		if kept[i].Kind() != facts[i].Kind() || kept[i].At != facts[i].At {
			t.Errorf("fact %d is %s at %s, want %s at %s", i, kept[i].Kind(), kept[i].At, facts[i].Kind(), facts[i].At)
		}
	}
}

func TestACallThatGoesOnKnowsWhatCameBack(t *testing.T) {
	p := newPile(t)
	id := newCall()
	facts := aCall("ghost", id)
	p.drain(facts[:7]...)
	apply(t, p.store, company("ghost"), 0)
	p.retries(1, 0)
	p.drain(facts[7:]...)
	if r, err := p.store.For("ghost").Call(t.Context(), id); err != nil || r.Status != fmc.StatusAnswered || r.Times.Talked != 30*time.Second {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAHoleCannotComeBackAndIsDismissed(t *testing.T) {
	p := newPile(t)
	p.stop()
	apply(t, p.store, company("acme"), 0)
	dir := t.TempDir()
	first, _, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, journal.Journal{Log: first}, aCall("acme", newCall())...)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, dir)
	p.run(dir)
	awaitDrained(t, p.Drain, p.log)
	hole := p.aside()[0]
	p.retries(0, 0)
	if _, err := p.Retry(t.Context(), []int64{hole.ID}); !errors.Is(err, cause.NotFound) {
		t.Errorf("a hole is tried: %v", err)
	}
	o := p.store.Operator()
	if err := o.Dismiss(t.Context(), hole.ID, "admin"); err != nil || len(p.aside()) != 0 {
		t.Errorf("%v, %+v", err, p.aside())
	}
	if err := o.Dismiss(t.Context(), hole.ID, "admin"); !errors.Is(err, cause.NotFound) {
		t.Errorf("it is dismissed twice: %v", err)
	}
	if n := query[int](t, p.dsn, "select count(*)::int from quarantine where dismissed_by = 'admin' and length(body) > 0"); n != 1 {
		t.Errorf("%d, want it kept", n)
	}
}

func TestADrainThatStandsTriesNothing(t *testing.T) {
	p := newPile(t)
	p.stop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Retry(ctx, nil); !errors.Is(err, cause.Unavailable) {
		t.Error(err)
	}
}

// TestWhatHappensMeanwhileDoesNotWaitForWhatIsTried holds up one of the first and one of the last that are tried.
func TestWhatHappensMeanwhileDoesNotWaitForWhatIsTried(t *testing.T) {
	p := newPile(t)
	p.stop()
	log, left := openLog(t, t.TempDir())
	p.log, p.Drain = log, p.store.Drain(log.Log, left, store.DrainOptions{Patience: time.Minute})
	startDrain(t, p.Drain)
	apply(t, p.store, company("acme"), 0)
	const many = 45
	for range many {
		p.drain(fmc.Fact{Company: "ghost", Body: fmc.SIMSeen{At: morning, SIM: "8970", State: "ready"}})
	}
	aside := p.aside() // the newest first
	if len(aside) != many {
		t.Fatalf("%d are put aside", len(aside))
	}
	apply(t, p.store, company("ghost"), 0)
	letFirst, letLast := p.lock(aside[many-1].ID), p.lock(aside[0].ID)
	ended := make(chan error, 1)
	go func() {
		done, err := p.Retry(t.Context(), nil)
		if err == nil && (done.Back != many || len(done.Still) > 0) {
			err = fmt.Errorf("%d are back, %d still aside", done.Back, len(done.Still))
		}
		ended <- err
	}()
	await(t, "the first is waited for", func() bool {
		return query[int](t, p.dsn, "select count(*)::int from pg_locks where not granted") > 0
	})
	id := newCall()
	keep(t, p.log, aCall("acme", id)...)
	letFirst()
	awaitDrained(t, p.Drain, p.log)
	if r, err := p.store.For("acme").Call(t.Context(), id); err != nil || r.Status != fmc.StatusAnswered {
		t.Errorf("%+v, %v", r, err)
	}
	select {
	case err := <-ended:
		t.Errorf("nothing was to be tried after it: %v", err)
	default:
	}
	letLast()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// lock has whoever brings in what has the id wait until let.
func (p *pile) lock(id int64) (let func()) {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(p.t.Context(), fmt.Sprintf("begin; select from quarantine where id = %d for update", id)); err != nil {
		p.t.Fatal(err)
	}
	return func() {
		if _, err := conn.Exec(p.t.Context(), "rollback"); err != nil {
			p.t.Error(err)
		}
	}
}

// hang has PostgreSQL keep whoever asks what is put aside waiting.
func (p *pile) hang() {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(p.t.Context(), "begin; lock table quarantine"); err != nil {
		p.t.Fatal(err)
	}
}

func TestAServerThatHangsHoldsUpTheDrainForItsPatienceOnly(t *testing.T) {
	p := newPile(t)
	p.hang()
	ctx := within(t, 30*time.Second)
	if _, err := p.Retry(ctx, nil); ctx.Err() != nil || !errors.Is(err, cause.Unavailable) {
		t.Error(err)
	}
}

func TestADrainThatIsToStopTriesNoMore(t *testing.T) {
	p := newPile(t)
	p.stop()
	log, left := openLog(t, t.TempDir())
	d := p.store.Drain(log.Log, left, store.DrainOptions{Patience: time.Hour})
	stop := startDrain(t, d)
	p.hang()
	ended := make(chan error, 1)
	ctx := within(t, 30*time.Second)
	go func() {
		_, err := d.Retry(ctx, nil)
		ended <- err
	}()
	await(t, "the drain waits", func() bool {
		return query[int](t, p.dsn, "select count(*)::int from pg_locks where relation = 'quarantine'::regclass and not granted") > 0
	})
	stop()
	if err := <-ended; ctx.Err() != nil || !errors.Is(err, cause.Unavailable) {
		t.Error(err)
	}
}
