// Package sleepy is tested in real time.
package sleepy
