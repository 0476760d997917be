package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Matter is what an item tells of, for whoever follows the table's changes.
type Matter string

// The matters that are evidence, with the type that Change holds of each.
const (
	OfFinding    Matter = "finding"    // a judgement of state: *Entry
	OfAct        Matter = "act"        // a judgement of what somebody did: *Entry
	OfAction     Matter = "action"     // *Action
	OfDefinition Matter = "definition" // *Definition
	OfExemption  Matter = "exemption"  // *Exemption
	OfMute       Matter = "mute"       // *Mute
	OfStop       Matter = "stop"       // *Stop
	OfSettings   Matter = "settings"   // *json.RawMessage
	OfSweep      Matter = "sweep"      // that one began: *Sweep
	OfLeg        Matter = "sweep-leg"  // how far a sweep is in an account and region: *Leg
	OfTally      Matter = "tally"      // how often checks came to which verdict: *Tally
	OfAccount    Matter = "account"    // *Member
	Unread       Matter = "unread"     // what this version of the program cannot read: only the bodies are there
)

// nothing is the matter of items that no evidence is made of.
const nothing Matter = ""

// Change is what one write made of one item.
type Change struct {
	Matter        Matter
	Key           string // where it lies: partition and sort key, with a space between
	Before, After any    // a pointer, as the matter has it; nil: it was not there, or is not any more
	Old, New      []byte // the bodies as they were written; nil as above
}

// Changes reads what a stream of the table shows of a write: the item's keys, and what it was and is (Amazon DynamoDB API Reference,
// StreamRecord: view type NEW_AND_OLD_IMAGES). ok is false for what no evidence is made of. It fails on nothing: what cannot be read is a
// change too, of the matter Unread.
func Changes(keys, before, after map[string]types.AttributeValue) (c Change, ok bool) {
	pk, sk := cmp.Or(text(keys[PartitionKey]), text(after[PartitionKey]), text(before[PartitionKey])), cmp.Or(text(keys[SortKey]), text(after[SortKey]), text(before[SortKey]))
	c = Change{Matter: matterOf(pk, sk), Key: pk + " " + sk}
	if c.Matter == nothing {
		return Change{}, false
	}
	old, broken := imaged(before)
	is, fault := imaged(after)
	c.Old, c.New = old, is
	if broken != nil || fault != nil || old == nil && is == nil || c.read() != nil {
		c.Matter, c.Before, c.After = Unread, nil, nil
	}
	return c, true
}

// imaged is the body of an image; nil where there is no image. What is no item of the table gives all that it holds.
func imaged(image map[string]types.AttributeValue) ([]byte, error) {
	if len(image) == 0 {
		return nil, nil
	}
	item, err := fromAttributes(image)
	if err != nil {
		return []byte(text(image["body"])), err
	}
	return append([]byte{}, item.Body...), nil
}

// matterOf says by where an item lies what it tells of. What no version before this one wrote is Unread: it may matter.
func matterOf(pk, sk string) Matter {
	switch {
	case strings.HasPrefix(pk, "R#"):
		return ofResource(sk)
	case pk == standingPartition:
		return ofStanding(sk)
	case pk == sweepPartition:
		return ofSweep(sk)
	case pk == memberPartition && isAccount(sk):
		return OfAccount
	case strings.HasPrefix(pk, "A#") && sk == actionKey:
		return OfAction
	case aside(pk):
		return nothing
	}
	for prefix, matter := range map[string]Matter{"X#": OfAct, "D#": OfDefinition, tallyPartition: OfTally} {
		if strings.HasPrefix(pk, prefix) {
			return matter
		}
	}
	return Unread
}

func isAccount(sk string) bool { return len(sk) == 12 && strings.Trim(sk, "0123456789") == "" }

func ofSweep(sk string) Matter {
	switch {
	case sk == newestKey:
		return OfSweep
	case strings.HasPrefix(sk, legPrefix):
		return OfLeg
	}
	return Unread
}

// ofResource leaves out what only helps to judge: the edges of the inventory, which every reading of AWS gives again; notes of events, the
// heartbeat's among them, which are forgotten when they are of no use; when actions changed the resource, and which definition was trusted
// last, which are told by the actions and the definitions themselves.
func ofResource(sk string) Matter {
	switch {
	case strings.HasPrefix(sk, entryPrefix):
		return OfFinding
	case sk == leansKey, sk == trustedKey, strings.HasPrefix(sk, usePrefix), strings.HasPrefix(sk, timePrefix), strings.HasPrefix(sk, notePrefix):
		return nothing
	}
	return Unread
}

// ofStanding leaves out how often an exemption counted, for what it kept back is told by the findings; and that a sweep reached the auditor,
// which is told by the sweep's legs.
func ofStanding(sk string) Matter {
	switch {
	case sk == stopKey:
		return OfStop
	case sk == deployedKey:
		return OfSettings
	case strings.HasPrefix(sk, exemptionPrefix):
		return OfExemption
	case strings.HasPrefix(sk, mutePrefix):
		return OfMute
	case sk == pulseKey, strings.HasPrefix(sk, usagePrefix):
		return nothing
	}
	return Unread
}

// spendPartition is where the changes of an account are counted.
const spendPartition = "B#"

// aside says that a partition holds what the functions work with and nobody decided: news that waits to be told and where it was told, who is
// at what (claims), how much was changed this hour (each change is an action), lists of what lies elsewhere, and messages that could not be
// read, which may hold anything.
func aside(pk string) bool {
	if pk == heldPartition || pk == findingsPartition || pk == inventoryPartition || pk == keptPartition {
		return true
	}
	for _, prefix := range []string{threadPartition, oncePartition, spendPartition, "L#"} {
		if strings.HasPrefix(pk, prefix) {
			return true
		}
	}
	return false
}

// readers fill in what the bodies say. One of an item that is told by another type than its own is beside it.
var readers = map[Matter]func(*Change) error{
	OfFinding: readAs[Entry], OfAct: readAs[Entry], OfAction: readAs[Action], OfDefinition: readAs[Definition], OfExemption: readAs[Exemption],
	OfMute: readAs[Mute], OfStop: readAs[Stop], OfSettings: readAs[json.RawMessage], OfSweep: readAs[Sweep], OfLeg: readAs[Leg], OfTally: readAs[Tally], OfAccount: readAs[Member],
}

func (c *Change) read() error {
	if read := readers[c.Matter]; read != nil {
		return read(c)
	}
	return nil
}

func readAs[T any](c *Change) error {
	for _, side := range []struct {
		body []byte
		into *any
	}{{c.Old, &c.Before}, {c.New, &c.After}} {
		if side.body == nil {
			continue
		}
		value := new(T)
		if err := json.Unmarshal(side.body, value); err != nil {
			return fmt.Errorf("decode a change of %s: %w", c.Key, err)
		}
		if !told(value) {
			return fmt.Errorf("decode a change of %s: it does not say what it is about", c.Key)
		}
		*side.into = value
	}
	return nil
}

// told says whether a value says what it is about. One that another version wrote in another form may be read without an error, and be empty.
func told(value any) bool {
	switch v := value.(type) {
	case *Entry:
		return named(v.Finding.Check, string(v.Finding.Outcome))
	case *Action:
		return named(v.ID, string(v.Status))
	case *Definition:
		return named(v.Resource.Kind)
	case *Exemption:
		return named(v.Check)
	case *Sweep:
		return named(v.ID)
	case *Leg:
		return named(v.Account)
	case *Tally:
		return named(v.Account, v.Day)
	case *Member:
		return named(v.Account)
	case *json.RawMessage:
		return strings.HasPrefix(string(*v), "{")
	}
	return true
}

func named(names ...string) bool { return !slices.Contains(names, "") }
