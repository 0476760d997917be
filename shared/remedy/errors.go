package remedy

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// MovedError says that somebody changed the resource since it was looked at: the remedy leaves it alone.
type MovedError struct {
	What    string   // "visibility of payments-api"
	Differs []string // what is otherwise than the plan expects it, in words: "projectVisibility: PRIVATE -> PUBLIC_READ"
}

func (e *MovedError) Error() string {
	text := e.What + " has changed since"
	if len(e.Differs) > 0 {
		text += ": " + strings.Join(e.Differs, "; ")
	}
	return text
}

// RefusedError says why a remedy does not do what it could.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return e.Why }

// BusyError says that something has to end before the resource may be changed: it is worth another try later.
type BusyError struct{ Why string }

func (e *BusyError) Error() string { return e.Why }

// sealedError is what AWS answered to a call whose input may hold secrets.
type sealedError struct {
	code string
	err  error
}

func (e *sealedError) Error() string { return "AWS answered " + e.code }
func (e *sealedError) Unwrap() error { return e.err }

// sealed leaves out what AWS says besides the code: where it finds an input wrong, it quotes it. A refusal quotes none, and its words tell
// whether an organisation's policy is behind it.
func sealed(err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || strings.HasPrefix(api.ErrorCode(), "AccessDenied") {
		return err
	}
	return &sealedError{api.ErrorCode(), err}
}
