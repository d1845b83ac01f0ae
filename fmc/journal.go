package fmc

import "context"

// Journal keeps facts before anything is done about them.
type Journal interface {
	// Append writes the facts with one write(2), all or none, and returns when the kernel has them: a kill of the
	// process loses nothing. It awaits no disk. An error means that they are kept in memory at best: calls that live go
	// on, new ones are refused. Any goroutine may call it.
	Append(facts ...Fact) error
	// Sync returns when everything appended before is on disk. It is awaited only where the outside is told "kept".
	Sync(ctx context.Context) error
}

// Directory is the companies as the node knows them now: an immutable snapshot, never the database. No method waits.
type Directory interface {
	// Company returns the current version of a company.
	Company(CompanyID) (*Company, bool)
	// Called returns the company that owns a number on a trunk: (trunk, number), never an address, chooses it.
	Called(trunk TrunkID, e164 string) (*Company, bool)
}
