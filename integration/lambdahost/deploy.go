package lambdahost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// Stack is a template as it was deployed.
type Stack struct {
	Names   Names    // of every resource, deployed or not
	Ignored []string // what was not deployed, as "LogicalId (type): why"

	StackSets []StackSet // those of the template, in the order in which they are made

	Account, Region string

	template *template
	aws      *emulator.AWS
	called   string // "" for the only stack of its account and region
}

// Order says how a template is deployed beside others.
type Order struct {
	Stack      string            // name of the stack: what has no name of its own is called after it, so that stacks do not collide
	Parameters map[string]string // every parameter of the template that has no default, and no other
}

// Deploy creates the resources of a synthesised template by the services' own calls, not through CloudFormation:
// the emulator's CloudFormation skips half of the types without a word.
// Functions, their event source mappings and schedules are left to Start.
func Deploy(ctx context.Context, a *emulator.AWS, account, region string, raw []byte) (*Stack, error) {
	return DeployAs(ctx, a, account, region, raw, Order{})
}

// DeployAs is Deploy for a stack among others.
func DeployAs(ctx context.Context, a *emulator.AWS, account, region string, raw []byte, o Order) (*Stack, error) {
	t, err := parseTemplate(raw)
	if err != nil {
		return nil, err
	}
	if o.Stack != "" {
		if err := t.fill(o.Parameters); err != nil {
			return nil, err
		}
	}
	d := &deployment{
		Stack: &Stack{Account: account, Region: region, template: t, aws: a, called: o.Stack},
		cfg:   a.As(emulator.Caller{Account: account, Role: "deployer"}, region),
	}
	if d.Names, err = t.seed(d.partition(), account, region, o.Stack); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if err := d.deploy(ctx, id, nil); err != nil {
			return nil, err
		}
	}
	return d.Stack, nil
}

type deployment struct {
	*Stack
	cfg  aws.Config
	done map[string]bool
}

// maker creates one resource and tells its attributes.
type maker func(ctx context.Context, d *deployment, id string, p object) (Attributes, error)

func (d *deployment) deploy(ctx context.Context, id string, waiting []string) error {
	if d.done == nil {
		d.done = map[string]bool{}
	}
	if d.done[id] {
		return nil
	}
	if slices.Contains(waiting, id) {
		return fmt.Errorf("deploy %s: it needs itself through %s", id, strings.Join(waiting, ", "))
	}
	r := d.template.Resources[id]
	if r == nil {
		return fmt.Errorf("deploy %s: no such resource", id)
	}
	if r.Condition != "" && d.Names[r.Condition]["Condition"] != "true" {
		d.done[id] = true
		return nil
	}
	for _, needed := range d.template.references(r) {
		if err := d.deploy(ctx, needed, append(waiting, id)); err != nil {
			return err
		}
	}
	d.done[id] = true
	return d.make(ctx, id, r)
}

func (d *deployment) make(ctx context.Context, id string, r *resource) error {
	p, err := d.properties(id)
	if err != nil {
		return err
	}
	create, ok := makers[r.Type]
	if !ok {
		d.ignore(id, "the emulated AWS does without")
		service := strings.ToLower(strings.Split(r.Type+"::", "::")[1])
		d.Names[id] = Attributes{"Ref": id, "Arn": d.arn(service, id), "*": id}
		return nil
	}
	attributes, err := create(ctx, d, id, p)
	if err != nil {
		return fmt.Errorf("deploy %s (%s): %w", id, r.Type, err)
	}
	d.Names[id] = attributes
	return nil
}

func (d *deployment) ignore(id, why string) {
	d.Ignored = append(d.Ignored, fmt.Sprintf("%s (%s): %s", id, d.template.Resources[id].Type, why))
}

// properties of a resource with all functions resolved.
func (s *Stack) properties(id string) (object, error) {
	r := s.template.Resources[id]
	if r.Properties == nil {
		return object{}, nil
	}
	resolved, err := Resolve(r.Properties, s.Names)
	if err != nil {
		return nil, fmt.Errorf("read properties of %s: %w", id, err)
	}
	p, _ := resolved.(object)
	return p, nil
}

func (s *Stack) partition() string {
	switch {
	case strings.HasPrefix(s.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(s.Region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func (s *Stack) arn(service, resource string) string {
	return strings.Join([]string{"arn", s.partition(), service, s.Region, s.Account, resource}, ":")
}

// name is the one that the template gives, else the logical id.
func name(p object, member, id string) string {
	if given := plain(p[member]); given != "" {
		return given
	}
	return id
}

// named is the one that the template gives, else one that no other stack has: the logical id, or in a stack among others what CloudFormation makes
// of it. Names of roles are the shortest, and hold in all regions.
func (d *deployment) named(p object, member, id string) string {
	if d.called != "" {
		const longest = 64
		sum := sha256.Sum256([]byte(d.called + d.Region))
		end := "-" + id + "-" + strings.ToUpper(hex.EncodeToString(sum[:6]))
		id = d.called[:min(len(d.called), longest-len(end))] + end
	}
	return name(p, member, id)
}

// attributes turns properties into the name-value texts that SQS and SNS take; some members are no attributes.
func attributes(p object, except ...string) map[string]string {
	out := map[string]string{}
	for member, value := range p {
		if !slices.Contains(except, member) {
			out[member] = plain(value)
		}
	}
	return out
}

// into reads properties into an SDK input: CloudFormation mostly spells members as the API does.
func into(p object, input any, except ...string) error {
	kept := maps.Clone(p)
	for _, member := range except {
		delete(kept, member)
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("write properties: %w", err)
	}
	if err := json.Unmarshal(raw, input); err != nil {
		return fmt.Errorf("read properties: %w", err)
	}
	return nil
}

func objects(v any) []object {
	list, _ := v.([]any)
	var out []object
	for _, inner := range list {
		if o, ok := inner.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

// lastPart is what follows the last separator.
func lastPart(s, separator string) string { return s[strings.LastIndex(s, separator)+1:] }
