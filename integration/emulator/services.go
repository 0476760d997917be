package emulator

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// serviceMends are what moto gets wrong outside S3.
func serviceMends() map[string]mended {
	return map[string]mended{
		"kms.DescribeKey":         describeKey,
		"kms.GetKeyPolicy":        namedPolicy,
		"kms.PutKeyPolicy":        namedPolicy,
		"logs.AssociateKmsKey":    sealLogGroup,
		"logs.DisassociateKmsKey": sealLogGroup,
		"logs.DescribeLogGroups":  describeLogGroups,
		"logs.CreateLogGroup":     forgetLogGroup,
		"logs.DeleteLogGroup":     forgetLogGroup,
		"sts.GetCallerIdentity":   callerIdentity,
		"iam.GetRole":             getRole,
	}
}

// rewrite changes the JSON of a successful answer.
func (r *answer) rewrite(change func(object)) (*answer, error) {
	out := object{}
	if err := json.Unmarshal(r.body, &out); err != nil {
		return nil, broken(err)
	}
	change(out)
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, broken(err)
	}
	r.body = raw
	r.header.Del("X-Amz-Crc32")
	return r, nil
}

// describeKey says of the keys behind alias/aws/* that AWS manages them.
func describeKey(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	asked := text(in, "KeyId")
	return reply.rewrite(func(out object) {
		key := child(out, "KeyMetadata")
		a.mu.Lock()
		defer a.mu.Unlock()
		if strings.HasPrefix(asked, "alias/aws/") || strings.Contains(asked, ":alias/aws/") {
			a.awsKeys[text(key, "KeyId")] = true
		}
		if a.awsKeys[text(key, "KeyId")] {
			key["KeyManager"] = "AWS"
		}
	})
}

// namedPolicy gives a key policy the one name that there is, which callers may leave out.
func namedPolicy(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	in["PolicyName"] = "default"
	other, err := x.againTarget(x.Operation, in)
	if err != nil {
		return nil, err
	}
	return a.pass(ctx, other)
}

func logGroupName(in object) string {
	if name := text(in, "logGroupName"); name != "" {
		return name
	}
	_, name, _ := strings.Cut(text(in, "resourceIdentifier"), ":log-group:")
	return strings.TrimSuffix(name, ":*")
}

func sealLogGroup(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	if x.Operation == "AssociateKmsKey" && (!strings.HasPrefix(text(in, "kmsKeyId"), "arn:") || !strings.Contains(text(in, "kmsKeyId"), ":kms:")) {
		return nil, refusal(invalid, "The key has to be named by its ARN")
	}
	name := logGroupName(in)
	ask, err := x.againTarget("DescribeLogGroups", object{"logGroupNamePrefix": name})
	if err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, ask)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	found := false
	if _, err := reply.rewrite(func(out object) {
		for _, group := range objects(out, "logGroups") {
			found = found || text(group, "logGroupName") == name
		}
	}); err != nil {
		return nil, err
	}
	if !found {
		return nil, refusal(notFound, "The specified log group does not exist.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.estate(place{x.Account, x.Region}).logKeys[name] = text(in, "kmsKeyId") // DisassociateKmsKey sends none
	return jsonAnswer(http.StatusOK, object{}), nil
}

// describeLogGroups shows keys as they were set, and the groups that were named, if any were: moto shows all.
func describeLogGroups(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for _, id := range texts(in, "logGroupIdentifiers") {
		if name := logGroupName(object{"resourceIdentifier": id}); name != "" {
			id = name
		}
		asked[id] = true
	}
	ask := x
	if len(asked) > 0 {
		delete(in, "logGroupIdentifiers")
		if ask, err = x.againTarget(x.Operation, in); err != nil {
			return nil, err
		}
	}
	reply, err := a.everyPage(ctx, ask, in, len(asked) > 0)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	a.mu.Lock()
	keys := maps.Clone(a.estate(place{x.Account, x.Region}).logKeys)
	a.mu.Unlock()
	return reply.rewrite(func(out object) {
		shown := []any{}
		for _, group := range objects(out, "logGroups") {
			if key, ok := keys[text(group, "logGroupName")]; ok {
				delete(group, "kmsKeyId")
				if key != "" {
					group["kmsKeyId"] = key
				}
			}
			if len(asked) == 0 || asked[text(group, "logGroupName")] {
				shown = append(shown, group)
			}
		}
		out["logGroups"] = shown
	})
}

// everyPage asks for a page, or for all of them as one.
func (a *AWS) everyPage(ctx context.Context, x *exchange, in object, all bool) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK || !all {
		return reply, err
	}
	var groups []any
	for {
		out := object{}
		if err := json.Unmarshal(reply.body, &out); err != nil {
			return nil, broken(err)
		}
		groups = append(groups, list(out, "logGroups")...)
		next := text(out, "nextToken")
		if next == "" {
			break
		}
		in["nextToken"] = next
		more, err := x.againTarget(x.Operation, in)
		if err != nil {
			return nil, err
		}
		if reply, err = a.pass(ctx, more); err != nil || reply.status != http.StatusOK {
			return reply, err
		}
	}
	return reply.rewrite(func(out object) { out["logGroups"] = groups })
}

func forgetLogGroup(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if in, unread := x.in(); unread == nil && err == nil && reply.status == http.StatusOK {
		a.mu.Lock()
		defer a.mu.Unlock()
		here, name := a.estate(place{x.Account, x.Region}), text(in, "logGroupName")
		delete(here.logKeys, name)
		delete(here.maskings, name)
		delete(here.subscriptions, name)
	}
	return reply, err
}
