// Package store keeps what must outlive a call: the company versions, the facts and the call records that are folded
// from them, in PostgreSQL, and the directory of companies in memory and on local disk. All SQL stands here. Nothing
// that a call needs to go on waits for it: facts go to store/journal first and are drained from there. It decides
// nothing and knows no page. Start at Store; Private is the server that one machine starts for itself.
package store
