package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// PromptSound is a sound that was uploaded in place of a prompt's text. Prompt and Language name it.
type PromptSound struct {
	Prompt   fmc.PromptID
	Language string    // as in ISO 639-1
	At       time.Time // when it was uploaded, to a millisecond
	Author   string    // a person's id, or "machine"
	File     string    // what the file was called; empty: not known
	Music    bool      // played on and on without a pause
	Length   time.Duration
	Bytes    int64 // of its sound
}

// What is played to callers lies in the node's memory: so many sounds, and so many bytes of them, may a company have.
const (
	mostSounds     = 200
	mostSoundBytes = 64 << 20 // more than two hours
)

const promptSoundColumns = "prompt, language, at, author, file, music, length_ms * 1000000, octet_length(sound)"

// PromptSounds returns the sounds that the company uploaded, by name and language.
func (t *Tenant) PromptSounds(ctx context.Context) ([]PromptSound, error) {
	return rowsOf[PromptSound](ctx, t, "select "+promptSoundColumns+" from prompt_sound where company = $1 order by prompt, language", t.id)
}

// PromptSounds returns those of every company: what a node that takes calls copies to its disk.
func (o *Operator) PromptSounds(ctx context.Context) (map[fmc.CompanyID][]PromptSound, error) {
	rows, err := o.store.node.Query(ctx, "select "+promptSoundColumns+", company from prompt_sound")
	if err != nil {
		return nil, explain(err)
	}
	all := map[fmc.CompanyID][]PromptSound{}
	var s PromptSound
	var company fmc.CompanyID
	_, err = pgx.ForEachRow(rows, []any{&s.Prompt, &s.Language, &s.At, &s.Author, &s.File, &s.Music, &s.Length, &s.Bytes, &company}, func() error {
		all[company] = append(all[company], s)
		return nil
	})
	return all, explain(err)
}

// PromptSound returns what callers hear of one, a WAV file; cause.NotFound where the company uploaded none of that name.
func (t *Tenant) PromptSound(ctx context.Context, id fmc.PromptID, language string) (wav []byte, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		return absent(tx.QueryRow(ctx, "select sound from prompt_sound where company = $1 and prompt = $2 and language = $3", t.id, id, language).Scan(&wav), noSound(id, language))
	})
	return wav, err
}

// auditedSound is how a sound stands in the audit: its hash tells whether a file is the one that was heard.
type auditedSound struct {
	File   string  `json:"file,omitempty"`
	Length float64 `json:"length_s"`
	Music  bool    `json:"music,omitempty"`
	SHA256 string  `json:"sha256"`
}

func auditSound(s PromptSound, wav []byte) auditedSound {
	sum := sha256.Sum256(wav)
	return auditedSound{File: s.File, Length: s.Length.Seconds(), Music: s.Music, SHA256: hex.EncodeToString(sum[:])}
}

// KeepPromptSound keeps a sound in place of the one of its name and language. The audit entry of the context tells of both.
func (t *Tenant) KeepPromptSound(ctx context.Context, s PromptSound, wav []byte) (PromptSound, error) {
	s.At, s.Bytes = t.store.opt.Clock().UTC().Truncate(time.Millisecond), int64(len(wav))
	s.File = text(s.File)
	err := t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.roomForSound(ctx, tx, s); err != nil {
			return err
		}
		if err := t.noteSound(ctx, tx, s); err != nil {
			return err
		}
		Auditing(ctx).After = auditSound(s, wav)
		// Two uploads within a millisecond are told apart by their copies' names too.
		return tx.QueryRow(ctx, `insert into prompt_sound (company, prompt, language, at, author, file, music, length_ms, sound)
			select id, $2, $3, $4, $5, $6, $7, $8, $9 from company where id = $1
			on conflict (company, prompt, language) do update set at = greatest(excluded.at, prompt_sound.at + interval '1 millisecond'),
				author = excluded.author, file = excluded.file, music = excluded.music, length_ms = excluded.length_ms, sound = excluded.sound
			returning at`,
			t.id, s.Prompt, s.Language, s.At, s.Author, s.File, s.Music, s.Length.Milliseconds(), wav).Scan(&s.At)
	})
	return s, err
}

// roomForSound refuses a sound for which the company has no room. Uploads of a company come one after the other from here.
func (t *Tenant) roomForSound(ctx context.Context, tx pgx.Tx, s PromptSound) error {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('prompt_sound ' || $1, 0))", t.id); err != nil {
		return err
	}
	var others int
	var bytes int64
	err := tx.QueryRow(ctx, `select count(*), coalesce(sum(octet_length(sound)), 0) from prompt_sound
		where company = $1 and (prompt <> $2 or language <> $3)`, t.id, s.Prompt, s.Language).Scan(&others, &bytes)
	switch {
	case err != nil:
		return err
	case others >= mostSounds:
		return cause.Errorf(cause.NoRoom, "there are %d uploaded sounds already: remove one", others)
	case bytes+s.Bytes > mostSoundBytes:
		return cause.Errorf(cause.NoRoom, "the uploaded sounds would take %d MB, of %d that there is room for: remove one or shorten it", (bytes+s.Bytes)>>20, mostSoundBytes>>20)
	}
	return nil
}

// RemovePromptSound removes a sound: the prompt's text is spoken again. cause.NotFound where there is none of that name.
func (t *Tenant) RemovePromptSound(ctx context.Context, id fmc.PromptID, language string) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.noteSound(ctx, tx, PromptSound{Prompt: id, Language: language}); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, "delete from prompt_sound where company = $1 and prompt = $2 and language = $3", t.id, id, language)
		if err == nil && done.RowsAffected() == 0 {
			err = noSound(id, language)
		}
		return err
	})
}

func noSound(id fmc.PromptID, language string) error {
	return cause.Errorf(cause.NotFound, "no sound was uploaded for prompt %q in %s", id, language)
}

// noteSound has the audit entry of the context tell what is there until now, if anything is.
func (t *Tenant) noteSound(ctx context.Context, tx pgx.Tx, s PromptSound) error {
	var wav []byte
	rows, err := tx.Query(ctx, "select file, music, length_ms * 1000000, sound from prompt_sound where company = $1 and prompt = $2 and language = $3 for update", t.id, s.Prompt, s.Language)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		if err := rows.Scan(&s.File, &s.Music, &s.Length, &wav); err != nil {
			return err
		}
		Auditing(ctx).Before = auditSound(s, wav)
	}
	return rows.Err()
}
