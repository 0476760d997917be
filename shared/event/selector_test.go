package event_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/event"
)

func onBus(t *testing.T, detail string) (*event.Event, []byte) {
	t.Helper()
	raw := []byte(`{"version":"0","id":"x","detail-type":"T","source":"s.x","account":"111122223333","region":"eu-west-1","time":"2026-01-01T00:00:00Z","resources":["arn:a","arn:b"],"detail":` + detail + `}`)
	return decode(t, raw), raw
}

const vectors = `{"n":"UpdateX","cnt":5,"arr":["a","b"],"nested":{"k":"v","nul":null},"objs":[{"a":"1","b":"2"},{"a":"3","b":"4"}],"b":true,"ip":"10.0.3.4","f":"dir/file.png","e":""}`

type semantic struct {
	detail string
	want   map[string][]string
	match  bool
}

// semantics are those of EventBridge for values, prefix and absence, on arrays and objects.
func semantics() map[string]semantic {
	const deep = `{"stages":[{"name":"Build","actions":[{"name":"B","type":{"provider":"CodeBuild"}}]},{"name":"Deploy","actions":[{"name":"D","type":{"provider":"CodeDeploy"}},{"name":"N"}]}],"empty":[],"hollow":{},"rows":[["a","b"],["c"]]}`
	type detail = map[string][]string
	return map[string]semantic{
		"nothing asked":                           {vectors, nil, true},
		"value":                                   {vectors, detail{"n": {"UpdateX"}}, true},
		"one of several":                          {vectors, detail{"n": {"Q", "UpdateX"}}, true},
		"other value":                             {vectors, detail{"n": {"UpdateY"}}, false},
		"other case":                              {vectors, detail{"n": {"updatex"}}, false},
		"name in other case":                      {vectors, detail{"N": {"UpdateX"}}, false},
		"prefix":                                  {vectors, detail{"n": {"Upd*"}}, true},
		"prefix that is all of it":                {vectors, detail{"n": {"UpdateX*"}}, true},
		"prefix longer than it":                   {vectors, detail{"n": {"UpdateXY*"}}, false},
		"other prefix":                            {vectors, detail{"n": {"Del*", "Put*"}}, false},
		"a star inside is a star":                 {vectors, detail{"n": {"Upd*X"}}, false},
		"prefix in an array":                      {vectors, detail{"arr": {"b*"}}, true},
		"empty text":                              {vectors, detail{"e": {""}}, true},
		"number is no text":                       {vectors, detail{"cnt": {"5"}}, false},
		"bool is no text":                         {vectors, detail{"b": {"true"}}, false},
		"null is no text":                         {vectors, detail{"nested.nul": {"null", ""}}, false},
		"below an object":                         {vectors, detail{"nested.k": {"v"}}, true},
		"below a leaf":                            {vectors, detail{"n.k": {"v"}}, false},
		"an object itself":                        {vectors, detail{"nested": {"v", "k"}}, false},
		"array, one matches":                      {vectors, detail{"arr": {"b", "c"}}, true},
		"array, none matches":                     {vectors, detail{"arr": {"c"}}, false},
		"array of arrays":                         {deep, detail{"rows": {"c"}}, true},
		"array of objects":                        {vectors, detail{"objs.a": {"3"}}, true},
		"one item has both":                       {vectors, detail{"objs.a": {"3"}, "objs.b": {"4"}}, true},
		"two items have one each":                 {vectors, detail{"objs.a": {"1"}, "objs.b": {"4"}}, false},
		"arrays in arrays, one way":               {deep, detail{"stages.actions.type.provider": {"CodeDeploy"}, "stages.name": {"Deploy"}}, true},
		"arrays in arrays, two ways":              {deep, detail{"stages.actions.type.provider": {"CodeDeploy"}, "stages.name": {"Build"}}, false},
		"arrays in arrays, two ways in the inner": {deep, detail{"stages.actions.type.provider": {"CodeDeploy"}, "stages.actions.name": {"N"}}, false},
		"two arrays are two things":               {`{"x":[{"a":"1"}],"y":[{"a":"0"},{"a":"2"}]}`, detail{"x.a": {"1"}, "y.a": {"2"}}, true},
		"absent":                                  {vectors, detail{"zz": nil}, true},
		"absent, list empty instead of nil":       {vectors, detail{"zz": {}}, true},
		"absent below what is absent":             {vectors, detail{"nested.zz.deep": nil}, true},
		"absent below a leaf":                     {vectors, detail{"n.deep": nil}, true},
		"not absent":                              {vectors, detail{"n": nil}, false},
		"number not absent":                       {vectors, detail{"cnt": nil}, false},
		"false not absent":                        {`{"b":false}`, detail{"b": nil}, false},
		"empty text not absent":                   {vectors, detail{"e": nil}, false},
		"null not absent":                         {vectors, detail{"nested.nul": nil}, false},
		"an object is no leaf":                    {vectors, detail{"nested": nil}, true},
		"an array of objects is no leaf":          {vectors, detail{"objs": nil}, true},
		"an array of texts is":                    {vectors, detail{"arr": nil}, false},
		"below an array of objects":               {vectors, detail{"objs.a": nil}, false},
		"an empty array is none":                  {deep, detail{"empty": nil}, true},
		"an empty object is none":                 {deep, detail{"hollow": nil}, true},
		"absent beside an empty array":            {deep, detail{"empty.x": nil, "stages.name": {"Build"}, "stages.actions.name": {"B"}}, true},
		"value and absence":                       {vectors, detail{"n": {"UpdateX"}, "errorCode": nil}, true},
		"value and no absence":                    {vectors, detail{"n": {"UpdateX"}, "ip": nil}, false},
		"no detail to speak of":                   {`{}`, detail{"n": {"UpdateX"}}, false},
	}
}

func TestSelectorSemantics(t *testing.T) {
	t.Parallel()
	for name, c := range semantics() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, raw := onBus(t, c.detail)
			s := event.Selector{Source: "s.x", DetailType: "T", Detail: c.want}
			if got := s.Matches(e); got != c.match {
				t.Errorf("Matches %t, want %t", got, c.match)
			}
			if got := matches(t, s.Pattern(), flatten(t, raw)); got != c.match {
				t.Errorf("the engine says %t of %v, want %t", got, s.Pattern(), c.match)
			}
		})
	}
}

func TestSelectorEnvelope(t *testing.T) {
	t.Parallel()
	e, raw := onBus(t, vectors)
	for _, c := range []struct {
		source, kind string
		match        bool
	}{{"", "", true}, {"s.x", "", true}, {"", "T", true}, {"s.x", "T", true}, {"s.y", "", false}, {"", "U", false}, {"s.x", "U", false}, {"s", "T", false}} {
		s := event.Selector{Source: c.source, DetailType: c.kind}
		if got := s.Matches(e); got != c.match || matches(t, s.Pattern(), flatten(t, raw)) != c.match {
			t.Errorf("%q %q: Matches %t, want %t", c.source, c.kind, got, c.match)
		}
	}
}

func TestPattern(t *testing.T) {
	t.Parallel()
	s := event.Calls("lambda.amazonaws.com", "UpdateFunctionCode*", "DeleteFunction20150331")
	s.Source = "aws.lambda"
	s.Detail["userIdentity.sessionContext.attributes.mfaAuthenticated"] = []string{"false"}
	s.Detail["userIdentity.invokedBy"] = nil
	want := `{"detail":{"errorCode":[{"exists":false}],"eventName":[{"prefix":"UpdateFunctionCode"},"DeleteFunction20150331"],"eventSource":["lambda.amazonaws.com"],` +
		`"userIdentity":{"invokedBy":[{"exists":false}],"sessionContext":{"attributes":{"mfaAuthenticated":["false"]}}}},"detail-type":["AWS API Call via CloudTrail"],"source":["aws.lambda"]}`
	got, err := json.Marshal(s.Pattern())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if got, _ := json.Marshal(event.Selector{DetailType: "T"}.Pattern()); string(got) != `{"detail-type":["T"]}` {
		t.Errorf("without detail: %s", got)
	}
}

// selectors are those that the corpus itself suggests, and some that reach into the bodies; each of the latter must find something.
func selectors(t *testing.T) (calls, bodies []event.Selector) {
	t.Helper()
	seen := map[string]bool{}
	for _, raw := range events.All() {
		e := decode(t, raw)
		key := e.DetailType + e.Service() + e.Name()
		if seen[key] {
			continue
		}
		seen[key] = true
		if e.Name() == "" {
			calls = append(calls, event.Selector{Source: e.Source, DetailType: e.DetailType})
			continue
		}
		calls = append(calls, event.Calls(e.Service(), e.Name()), event.Calls(e.Service(), e.Name()[:len(e.Name())-2]+"*"))
	}
	call := func(detail map[string][]string) event.Selector {
		return event.Selector{DetailType: event.APICall, Detail: detail}
	}
	return calls, []event.Selector{
		{Source: "aws.codebuild"},
		{DetailType: event.SignIn},
		{DetailType: event.Signin},
		{DetailType: event.ServiceEvent},
		{DetailType: event.SignIn, Detail: map[string][]string{"additionalEventData.MFAUsed": {"No"}, "userIdentity.type": {"Root", "IAMUser"}, "errorMessage": nil}},
		call(map[string][]string{"requestParameters.projectVisibility": {"PUBLIC_READ"}, "errorCode": nil}),
		call(map[string][]string{"userIdentity.type": {"IAMUser"}, "userIdentity.sessionContext.attributes.mfaAuthenticated": nil}),
		call(map[string][]string{"userIdentity.sessionContext.attributes.mfaAuthenticated": {"false"}, "userIdentity.invokedBy": nil}),
		call(map[string][]string{"userIdentity.sessionContext.sessionIssuer.userName": {"AWSReservedSSO_*"}}),
		call(map[string][]string{"userIdentity.type": nil}), call(map[string][]string{"errorCode": {"AccessDenied*"}}),
		call(map[string][]string{"resources.type": {"AWS::KMS::Key"}, "resources.ARN": {"arn:aws:kms:eu-west-1:*"}}),
		call(map[string][]string{"requestParameters.pipeline.stages.name": {"Deploy"}, "requestParameters.pipeline.stages.actions.actionTypeId.provider": {"CodeDeploy"}}),
		call(map[string][]string{"requestParameters.bucketPolicy.Statement.Principal": {"*"}, "requestParameters.bucketPolicy.Statement.Effect": {"Allow"}}),
		call(map[string][]string{"requestParameters.x-amz-acl": {"public-read*"}}), call(map[string][]string{"requestParameters.AccessControlPolicy.AccessControlList.Grant.Grantee.URI": {"http://acs.amazonaws.com/*"}}),
		{Source: "aws.codepipeline", Detail: map[string][]string{"state": {"FAILED", "STOP*"}}},
		{Source: "aws.codepipeline", Detail: map[string][]string{"execution-trigger.trigger-type": {"WebhookV2"}}},
		{Source: "aws.codebuild", Detail: map[string][]string{"additional-information.artifact.location": nil, "build-status": {"SUCCEEDED"}}},
		{Source: "aws.ecr", Detail: map[string][]string{"finding-severity-counts.CRITICAL": nil}},
		{Source: "aws.ecr", Detail: map[string][]string{"repositories.scan-frequency": {"MANUAL"}, "repositories.previous-scan-frequency": {"SCAN_ON_PUSH"}}},
		{Source: "aws.securityhub", Detail: map[string][]string{"findings.Compliance.Status": {"FAILED"}, "findings.Severity.Label": {"LOW"}}},
		{Source: "aws.config", Detail: map[string][]string{"newEvaluationResult.complianceType": {"NON_COMPLIANT"}, "oldEvaluationResult.complianceType": nil}},
	}
}

// What the process dispatches and what the rule delivers are the same events, for every sample.
func TestMatchesAgreesWithPattern(t *testing.T) {
	t.Parallel()
	calls, bodies := selectors(t)
	all := slices.Concat(calls, bodies)
	found := make([]int, len(all))
	patterns := make([][]condition, len(all))
	for i, s := range all {
		patterns[i] = conditions(t, s.Pattern())
	}
	for name, raw := range events.All() {
		e := decode(t, raw)
		leaves := flatten(t, asDelivered(t, e, raw))
		for i, s := range all {
			got, want := s.Matches(e), holds(patterns[i], leaves, nil)
			if got != want {
				t.Errorf("%s: Matches %t, the engine %t, for %+v", name, got, want, s)
			}
			if want {
				found[i]++
			}
		}
	}
	for i, s := range all[len(calls):] {
		if n := found[len(calls)+i]; n == 0 {
			t.Errorf("finds no sample: %+v", s)
		}
	}
}

// asDelivered puts a bare record into the envelope in which the bus would have delivered it.
func asDelivered(t *testing.T, e *event.Event, raw []byte) []byte {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	if body["detail-type"] != nil {
		return raw
	}
	raw, err := json.Marshal(map[string]any{"source": e.Source, "detail-type": e.DetailType, "detail": body})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func BenchmarkMatches(b *testing.B) {
	e := decode(b, sample(b, "codepipeline/UpdatePipeline-role.json"))
	miss, hit := event.Calls("codebuild.amazonaws.com", "UpdateProject", "CreateProject"), event.Calls("codepipeline.amazonaws.com", "CreatePipeline", "UpdatePipeline")
	b.ReportAllocs()
	for b.Loop() {
		if miss.Matches(e) || !hit.Matches(e) {
			b.Fatal("wrong verdict")
		}
	}
}
