#!/usr/bin/env bash
# One would guess that an isolation forest grows each tree from a small sample of the parts, as its paper says and as isolation-forest for Node.js (256) and Smile for
# Java (sampling_rate) let one ask for, so that a score means the same however many parts were learned.
# Both draw the sample and grow each tree from all parts. In Smile a rate of 0.05 and one of 0.99 differ by chance only, and are as slow. isolation-forest divides the
# path by what is due to 256: a defect that was seen now and then, in 5 % of what was learned, has 0.64 after 256 parts and 0.30 after 20000, the mean good part has 0.43
# and 0.23, and the rule that is in the paper, well above 0.5, finds few from 1000 on and none at 5000. scikit-learn has 0.65 and 0.44 throughout.
# The samples are there against masking: with all parts a good part at the rim looks worse than a defect that came often.
# It matters where a score is compared with a limit, and the forest is learned anew as parts come in: nothing is found any more, without a word. A trial with few hundred
# parts is right. What helps: a sample of one's own, drawn before fit() (for Smile one forest a sample); Smile 6.3, which needs Java 25, takes samples.
# Versions: isolation-forest 0.0.9; Node.js 20. Smile 3.1.1; Java 17, Maven. scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
echo '{ "type": "commonjs", "private": true }' >package.json
npm install --silent --no-audit --no-fund isolation-forest@0.0.9
cat >pom.xml <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>forest</groupId>
  <artifactId>forest</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.github.haifengl</groupId>
      <artifactId>smile-core</artifactId>
      <version>3.1.1</version>
    </dependency>
  </dependencies>
</project>
EOF
mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=lib -DexcludeGroupIds=org.bytedeco >maven.log
cat >parts.py <<'EOF'
import json

import numpy as np
from sklearn.ensemble import IsolationForest

drawn = np.random.default_rng(0)


def defects(count):
    return drawn.normal(5, 0.1, (count, 2))


sets = []
for learned in 256, 1000, 5000, 20000:
    known = learned // 20
    train = np.vstack([drawn.normal(0, 1, (learned - known, 2)), defects(known)])
    good, bad = drawn.normal(0, 1, (200, 2)), defects(200)
    forest = IsolationForest(max_samples=256, random_state=0).fit(train)
    judged = [float(-forest.score_samples(parts).mean()) for parts in (good, bad)]
    sets.append({"train": train.tolist(), "good": good.tolist(), "bad": bad.tolist(), "judged": judged})
json.dump(sets, open("parts.json", "w"))
np.savetxt("train.txt", sets[2]["train"])
np.savetxt("bad.txt", sets[2]["bad"])
np.savetxt("good.txt", sets[2]["good"])
EOF
cat >scores.js <<'EOF'
const fs = require('fs');
const { IsolationForest } = require('isolation-forest');

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const due = [0.64, 0.51, 0.38, 0.31];
let wrong = false;
JSON.parse(fs.readFileSync('parts.json')).forEach(({ train, good, bad, judged }, at) => {
  const forest = new IsolationForest(100, 256);
  forest.fit(train);
  const [ofGood, ofBad] = [forest.predict(good), forest.predict(bad)];
  const found = ofBad.filter((score) => score > 0.6).length;
  console.log(
    `${train.length} parts, 5 % of them defects: isolation-forest gives good parts ${mean(ofGood).toFixed(2)}, defects ${mean(ofBad).toFixed(2)}, ` +
      `${found} of ${bad.length} above 0.6; scikit-learn ${judged[0].toFixed(2)} and ${judged[1].toFixed(2)}`,
  );
  wrong ||= Math.abs(mean(ofBad) - due[at]) > 0.05 || (at > 1 ? found > 0 : at === 1 ? found > 80 : found < 120) || Math.abs(judged[1] - 0.65) > 0.04;
});
if (wrong) {
  console.log('changed: other scores');
  process.exit(1);
}
EOF
cat >Forest.java <<'EOF'
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import smile.anomaly.IsolationForest;
import smile.math.MathEx;

public class Forest {
    static double[][] read(String name) throws Exception {
        return Files.lines(Path.of(name)).map(line -> Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray()).toArray(double[][]::new);
    }

    // the share of pairs of a defect and a good part in which the defect has the higher score
    static double auroc(double[] good, double[] bad) {
        double above = 0;
        for (double of : bad) above += Arrays.stream(good).filter(other -> of > other).count();
        return above / good.length / bad.length;
    }

    public static void main(String[] arguments) throws Exception {
        double[][] train = read("train.txt"), good = read("good.txt"), bad = read("bad.txt");
        double lowest = 1, highest = 0;
        for (double rate : new double[] {0.01, 0.05, 0.5, 0.99}) {
            IsolationForest forest = IsolationForest.fit(train, 100, 12, rate, 0);
            double area = auroc(forest.score(good), forest.score(bad)), score = Arrays.stream(forest.score(bad)).average().getAsDouble();
            System.out.printf("%d parts at a rate of %.2f: Smile gives defects %.3f, AUROC %.3f%n", train.length, rate, score, area);
            lowest = Math.min(lowest, score);
            highest = Math.max(highest, score);
        }
        double own = 0;
        for (int forest = 0; forest < 20; forest++) {
            double[][] sample = Arrays.stream(MathEx.permutate(train.length)).limit(250).mapToObj(i -> train[i]).toArray(double[][]::new);
            own += Arrays.stream(IsolationForest.fit(sample, 20, 8, 0.5, 0).score(bad)).average().getAsDouble() / 20;
        }
        System.out.printf("20 forests, each of 250 parts drawn before, as a rate of 0.05 would: %.3f%n", own);
        if (highest - lowest > 0.04 || own < highest + 0.04) {
            System.out.println("changed: other scores in Smile");
            System.exit(1);
        }
    }
}
EOF
v/bin/python parts.py
node scores.js
javac -cp 'lib/*' Forest.java
java -cp 'lib/*:.' Forest 2>java.log || { cat java.log; exit 1; }
