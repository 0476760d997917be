package emulator

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// object is decoded JSON.
type object = map[string]any

// problem is an error as AWS answers it.
type problem struct {
	status  int
	code    string
	message string
}

func (p *problem) Error() string { return p.code + ": " + p.message }

func refusal(code, format string, args ...any) error {
	return &problem{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

// refuse writes an error the way the service of the call does.
func (x *exchange) refuse(err error) *answer {
	var p *problem
	if !errors.As(err, &p) {
		errors.As(broken(err), &p)
	}
	if x.sign == "json" {
		reply := jsonAnswer(p.status, object{"__type": p.code, "message": p.message})
		reply.header.Set("X-Amzn-Errortype", p.code)
		return reply
	}
	type inner struct {
		XMLName       xml.Name `xml:"Error"`
		Type          string   `xml:",omitempty"`
		Code, Message string
	}
	type outer struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Error     inner
		RequestId string
	}
	var body any = inner{Code: p.code, Message: p.message}
	if x.sign == "query" {
		body = outer{Error: inner{Type: "Sender", Code: p.code, Message: p.message}, RequestId: "emulator"}
	}
	return xmlAnswer(p.status, body)
}

func jsonAnswer(status int, body any) *answer {
	raw, err := json.Marshal(body)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"__type":"InternalFailure"}`)
	}
	return &answer{status: status, header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, body: raw}
}

func xmlAnswer(status int, body any) *answer {
	raw, err := xml.Marshal(body)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte("<Error><Code>InternalFailure</Code></Error>")
	}
	return &answer{status: status, header: http.Header{"Content-Type": {"text/xml"}}, body: append([]byte(xml.Header), raw...)}
}

// childObject finds the first element of that name, at any depth, as an object; nil when there is none.
func childObject(raw []byte, name string) object {
	var root element
	if xml.Unmarshal(raw, &root) != nil {
		return nil
	}
	found := root.find(name)
	if found == nil {
		return nil
	}
	out, _ := found.value().(object)
	return out
}

// element is any XML element.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

func (e *element) find(name string) *element {
	if e.XMLName.Local == name {
		return e
	}
	for i := range e.Children {
		if found := e.Children[i].find(name); found != nil {
			return found
		}
	}
	return nil
}

// value is the element as CloudTrail would write it in JSON: truth values as such, repeated children as a list.
func (e *element) value() any {
	if len(e.Children) == 0 {
		text := strings.TrimSpace(e.Text)
		switch text {
		case "true", "false":
			return text == "true"
		}
		return text
	}
	out := object{}
	for i := range e.Children {
		child := &e.Children[i]
		name, v := child.XMLName.Local, child.value()
		switch before := out[name].(type) {
		case nil:
			out[name] = v
		case []any:
			out[name] = append(before, v)
		default:
			out[name] = []any{before, v}
		}
	}
	return out
}
