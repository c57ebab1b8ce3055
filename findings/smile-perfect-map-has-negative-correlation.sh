#!/usr/bin/env bash
# One would guess that Matthews' correlation of a map that is right in each pixel is 1 in Smile, the library of statistics for Java, however large the map.
# It multiplies counts with 32 bits. A perfect map of 256 x 256 pixels with a defect of 100 x 100 has 1, as is due; one of 512 x 512 with the same defect has -0.703, and
# one that finds half of the defect 0.703, which is due; of 1024 x 1024 they have 0.173 and 0.127. A threshold that is chosen by it is another one: the better it
# separates, the more does it overflow. MathEx.sd(int[]) squares with 32 bits: of pixels of 16 bits around 50000 it is NaN where 100 is due, of double[] it is right. The
# F-score is right.
# It matters where maps are judged by pixel, for which Matthews' correlation is advised since defects are rare: a trial with small maps or small defects is right.
# What helps: counts of one's own in a long; or Smile 6.3, which needs Java 25.
# Versions: Smile 3.1.1; Java 17, Maven.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>map</groupId>
  <artifactId>map</artifactId>
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
cat >Judge.java <<'EOF'
import java.util.Arrays;
import java.util.Random;
import smile.math.MathEx;
import smile.validation.metric.FScore;
import smile.validation.metric.MatthewsCorrelation;

public class Judge {
    static boolean wrong = false;

    // a square defect at the top left of a square map
    static int[] truth(int side, int defect) {
        int[] pixels = new int[side * side];
        for (int at = 0; at < pixels.length; at++) pixels[at] = at % side < defect && at / side < defect ? 1 : 0;
        return pixels;
    }

    static double due(int[] truth, int[] found) {
        double[][] count = new double[2][2];
        for (int at = 0; at < truth.length; at++) count[truth[at]][found[at]]++;
        double tp = count[1][1], tn = count[0][0], fp = count[0][1], fn = count[1][0];
        return (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
    }

    static void judge(String name, int[] truth, int[] found, boolean right) {
        double smile = MatthewsCorrelation.of(truth, found), own = due(truth, found);
        System.out.printf("%s: %.3f in Smile, %.3f due; F1 %.3f%n", name, smile, own, FScore.of(1, truth, found));
        wrong |= (Math.abs(smile - own) < 1e-6) != right;
    }

    static void spread(int level) {
        int[] pixels = new Random(0).ints(100_000, level - 173, level + 174).toArray();
        double ofInt = MathEx.sd(pixels), ofDouble = MathEx.sd(Arrays.stream(pixels).asDoubleStream().toArray());
        System.out.printf("standard deviation of 100000 pixels around %d: %.2f of int[], %.2f of double[]%n", level, ofInt, ofDouble);
        wrong |= Double.isNaN(ofInt) != (level > 46340) || Math.abs(ofDouble - 100) > 1;
    }

    public static void main(String[] arguments) {
        for (int side : new int[] {256, 512, 1024}) {
            int[] truth = truth(side, 100), half = truth(side, 71);
            judge(String.format("%d x %d, a perfect map", side, side), truth, truth, side == 256);
            judge(String.format("%d x %d, half of the defect", side, side), truth, half, side < 1024);
        }
        int[] truth = truth(512, 100);
        Random drawn = new Random(0);
        double[] map = Arrays.stream(truth).mapToDouble(pixel -> Math.min(1, Math.max(0, (pixel == 1 ? 0.65 : 0.25) + 0.1 * drawn.nextGaussian()))).toArray();
        double bestSmile = -2, best = -2, ofSmile = 0, of = 0;
        for (int tenth = 1; tenth < 10; tenth++) {
            double threshold = tenth / 10.0;
            int[] found = Arrays.stream(map).mapToInt(score -> score > threshold ? 1 : 0).toArray();
            double smile = MatthewsCorrelation.of(truth, found), own = due(truth, found);
            if (smile > bestSmile) { bestSmile = smile; ofSmile = threshold; }
            if (own > best) { best = own; of = threshold; }
            System.out.printf("threshold %.1f: %.3f in Smile, %.3f due%n", threshold, smile, own);
        }
        System.out.printf("best threshold %.1f by Smile, %.1f by what is due%n", ofSmile, of);
        wrong |= Math.abs(ofSmile - of) < 0.05;
        spread(1000);
        spread(40000);
        spread(50000);
        if (wrong) {
            System.out.println("changed: other correlations");
            System.exit(1);
        }
    }
}
EOF
javac -cp 'lib/*' Judge.java
java -cp 'lib/*:.' Judge 2>java.log || { cat java.log; exit 1; }
